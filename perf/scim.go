package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/url"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/store/sqlite"
	"cohort/perf/measure"
)

// scimSource is the name of the identity provider that has made all users.
const scimSource = "perf"

// scimShape is a million people, all in the first of twenty groups.
func (l *lab) scimShape() sample.Shape { return people(l.scaled(1_000_000)) }

// people are as many as an identity provider has made.
func people(users int) sample.Shape {
	return sample.Shape{Seed: 1, Users: users, Groups: 20, Depth: 2, Attributes: 10, GroupValues: 20,
		Memberships: users + users/5, Skew: 1, Everyone: true}
}

// provisioned yields the rows of a directory in which every user has a login e-mail
// and the id that the identity provider gave.
func provisioned(d *sample.Directory) iter.Seq[directory.Row] {
	login := func(i int) directory.Row {
		u := d.User(i).User
		return directory.Credential{
			ID: directory.CredentialID(i + 1), User: u.ID, Kind: directory.CredentialEmail,
			Identifier: directory.Fold(u.ContactEmail), Shown: u.ContactEmail, CreatedAt: u.CreatedAt,
		}
	}
	return func(yield func(directory.Row) bool) {
		users := 0
		for row := range d.Rows() {
			if _, next := row.(directory.User); next {
				if users > 0 && !yield(login(users-1)) {
					return
				}
				users++
			}
			if !yield(row) {
				return
			}
		}
		if users > 0 && !yield(login(users-1)) {
			return
		}
		for i := range users {
			if !yield(directory.SourceReference{Object: d.UserID(i).Object(), Source: scimSource, SourceID: externalID(i)}) {
				return
			}
		}
	}
}

func externalID(i int) string { return fmt.Sprintf("00u%07d", i) }

// fillProvisioned is fillStore of a directory that an identity provider has made.
func fillProvisioned(ctx context.Context, path string, shape sample.Shape, progress func(int64)) (err error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d := sample.New(shape, sample.Initialized())
	next := d.Next()
	next.Credential += directory.CredentialID(shape.Users)
	if err := importRows(ctx, s, next, provisioned(d), progress); err != nil {
		return err
	}
	return bootstrap(ctx, s)
}

// provisioned returns a copy of a directory that an identity provider has made.
func (l *lab) provisioned(ctx context.Context, shape sample.Shape) (string, *sample.Directory, error) {
	path, d, err := l.made(fmt.Sprintf("scim-%d", shape.Users), shape, func(into string) error {
		return fillProvisioned(ctx, into, shape, l.progress())
	})
	if err != nil {
		return "", nil, err
	}
	path, err = l.copied(path)
	return path, d, err
}

// A provider is an identity provider on one connection.
type provider struct {
	conn   *measure.Conn
	head   string // header lines
	d      *sample.Directory
	random *rand.Rand
}

// newProvider makes a client that may remove whom it likes.
func newProvider(ctx context.Context, p *measure.Process, d *sample.Directory) (*provider, error) {
	c, err := provisioner(ctx, p)
	if err != nil {
		return nil, err
	}
	conn, err := measure.Dial(ctx, p.Addr)
	if err != nil {
		return nil, err
	}
	return &provider{conn: conn, head: c.head, d: d, random: rand.New(rand.NewPCG(7, 8))}, nil
}

// provisioner makes the identity provider a client of a server.
func provisioner(ctx context.Context, p *measure.Process) (*caller, error) {
	admin, err := login(ctx, p)
	if err != nil {
		return nil, err
	}
	conn, err := measure.Dial(ctx, p.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	post := func(path, body string) ([]byte, error) {
		status, reply, err := conn.Do("POST "+path+" HTTP/1.1\r\n"+admin.head+"Content-Type: application/json\r\n",
			[]byte(body))
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("%s was answered %d: %s", path, status, reply)
		}
		return reply, err
	}
	reply, err := post("/v1/scim/clients", `{"name":"`+scimSource+`","profile":"entra"}`)
	if err != nil {
		return nil, err
	}
	var made struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(reply, &made); err != nil {
		return nil, err
	}
	_, err = post("/v1/scim/clients/"+scimSource+"/release", `{"removals":1000000}`)
	return &caller{addr: p.Addr, head: "Host: perf\r\nAuthorization: Bearer " + made.Token + "\r\n"}, err
}

func (p *provider) send(method, path, body string, want int) ([]byte, error) {
	head, sent := method+" /scim/v2"+path+" HTTP/1.1\r\n"+p.head, []byte(nil)
	if body != "" {
		head, sent = head+"Content-Type: application/scim+json\r\n", []byte(body)
	}
	status, reply, err := p.conn.Do(head, sent)
	if err == nil && status != want {
		err = fmt.Errorf("%s %s was answered %d: %.300s", method, path, status, reply)
	}
	return reply, err
}

// inAndOut takes members out of a group and puts them in again, as Entra does; it
// returns the mean time of a request.
func (p *provider) inAndOut(group string) func(context.Context) (float64, error) {
	const changes = 50
	return func(context.Context) (float64, error) {
		took, err := measure.Elapsed(func() error {
			for i := range changes {
				op := "Remove"
				if i%2 == 1 {
					op = "Add"
				}
				body := fmt.Sprintf(`{"Operations":[{"op":%q,"path":"members","value":[{"value":"%d"}]}]}`, op, p.d.UserID(i/2%10))
				if _, err := p.send("PATCH", "/Groups/"+group, body, 204); err != nil {
					return err
				}
			}
			return nil
		})
		return took / changes, err
	}
}

// ask returns the longest of ten questions, each with an answer.
func (p *provider) ask(kind, filter string) func(context.Context) (float64, error) {
	return func(context.Context) (float64, error) {
		return longest(10, func() error {
			i := p.random.IntN(p.d.Shape().Users)
			u := p.d.User(i).User
			text := strings.NewReplacer("EMAIL", strings.ToUpper(u.ContactEmail), "EXTERNAL", externalID(i), "ID",
				directory.FormatID(u.ID)).Replace(filter)
			reply, err := p.send("GET", "/"+kind+"?excludedAttributes=members&count=1&filter="+url.QueryEscape(text), "", 200)
			if err == nil && !strings.Contains(string(reply), `"itemsPerPage":1,`) {
				err = fmt.Errorf("%s finds %s", text, reply)
			}
			return err
		})
	}
}

// scimRequests measures what identity providers send all day, among a million
// users who are all in one group.
func scimRequests(ctx context.Context, l *lab) (r measure.Result, err error) {
	shape := l.scimShape()
	path, d, err := l.provisioned(ctx, shape)
	if err != nil {
		return r, err
	}
	server, err := l.serve(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	p, err := newProvider(ctx, server, d)
	if err != nil {
		return r, err
	}
	defer p.conn.Close()
	large, leaf := "g"+directory.FormatID(d.Group(0)), "g"+directory.FormatID(d.Group(d.Leaf()))
	small, err := p.groupOfTen()
	if err != nil {
		return r, err
	}
	questions := []struct{ kind, filter string }{
		{"Users", ""},
		{"Users", `userName eq "EMAIL"`}, {"Users", `externalId eq "EXTERNAL"`}, {"Users", `id eq "ID"`},
		{"Users", `emails[type eq "work"].value eq "EMAIL"`}, {"Users", `userName eq "EMAIL" and active eq true`},
		{"Users", `groups.value eq "` + leaf + `"`}, {"Groups", `id eq "` + large + `" and members eq "ID"`},
		{"Groups", `members.value eq "ID"`}, {"Groups", `displayName eq "group 00000"`},
	}
	sides := []measure.Side{
		{Name: "one member of all, s", Run: p.inAndOut(large)}, {Name: "one member of ten, s", Run: p.inAndOut(small)},
	}
	for _, q := range questions {
		sides = append(sides, measure.Side{Name: q.kind + " " + q.filter + ", s", Run: p.ask(q.kind, q.filter)})
	}
	found, err := l.alternate(ctx, sides...)
	if err != nil {
		return r, err
	}
	r.AtMost(fmt.Sprintf("PATCH of one member of a group with %d", shape.Users), 10e-3, measure.Seconds, found[0])
	r.AtMost("the same, against a group with 10", 1.5, measure.Ratio, found[0].Per(found[1]))
	for i, q := range questions {
		r.AtMost(strings.TrimSuffix(q.kind+" by "+q.filter, " by "), 50e-3, measure.Seconds, found[2+i])
	}
	return r, p.whole(server, large, &r)
}

func (p *provider) groupOfTen() (string, error) {
	list := make([]string, 10)
	for i := range list {
		list[i] = fmt.Sprintf(`{"value":"%d"}`, p.d.UserID(i))
	}
	reply, err := p.send("POST", "/Groups", `{"displayName":"Ten","members":[`+strings.Join(list, ",")+`]}`, 201)
	if err != nil {
		return "", err
	}
	var made struct {
		ID string `json:"id"`
	}
	return made.ID, json.Unmarshal(reply, &made)
}

// whole reads all members of a group, and says what that took of memory.
func (p *provider) whole(server *measure.Process, group string, r *measure.Result) error {
	_, before, err := server.Memory()
	if err != nil {
		return err
	}
	var size int
	took, err := measure.Elapsed(func() error {
		reply, err := p.send("GET", "/Groups/"+group, "", 200)
		size = len(reply)
		return err
	})
	if err != nil {
		return err
	}
	_, after, err := server.Memory()
	r.AtMost("memory that reading all of its members adds", 64, measure.MiB, measure.Samples{after - before})
	r.Note("Means of 50 durable changes by round; questions: the longest of ten. All members: %s, %s of JSON; "+
		"the most memory until then %s.",
		measure.Seconds.Format(took), measure.MiB.Format(float64(size)/(1<<20)), measure.MiB.Format(before))
	return err
}
