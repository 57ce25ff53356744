package large

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// scimShape is a million users, all in the first of twenty groups.
func scimShape(l *lab.Lab) sample.Shape { return lab.People(l.Scaled(1_000_000)) }

// A provider is an identity provider on one connection.
type provider struct {
	conn   *measure.Conn
	head   string // header lines
	d      *sample.Directory
	random *rand.Rand
}

// newProvider creates an identity provider that may remove any number of users.
func newProvider(ctx context.Context, p *measure.Process, d *sample.Directory) (*provider, error) {
	c, err := lab.Provisioner(ctx, p)
	if err != nil {
		return nil, err
	}
	conn, err := measure.Dial(ctx, p.Addr)
	if err != nil {
		return nil, err
	}
	return &provider{conn: conn, head: c.Head, d: d, random: rand.New(rand.NewPCG(7, 8))}, nil
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

// inAndOut removes members from a group and adds them again, as Entra does. It returns the
// mean time of a request.
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

// ask returns the longest time of ten questions that each have an answer.
func (p *provider) ask(kind, filter string) func(context.Context) (float64, error) {
	return func(context.Context) (float64, error) {
		return lab.Longest(10, func() error {
			i := p.random.IntN(p.d.Shape().Users)
			u := p.d.User(i).User
			text := strings.NewReplacer("EMAIL", strings.ToUpper(u.ContactEmail), "EXTERNAL", lab.ExternalID(i), "ID",
				directory.FormatID(u.ID)).Replace(filter)
			reply, err := p.send("GET", "/"+kind+"?excludedAttributes=members&count=1&filter="+url.QueryEscape(text), "", 200)
			if err == nil && !strings.Contains(string(reply), `"itemsPerPage":1,`) {
				err = fmt.Errorf("%s finds %s", text, reply)
			}
			return err
		})
	}
}

// ScimRequests measures everyday requests of identity providers among a million users who are
// all in one group.
func ScimRequests(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	shape := scimShape(l)
	path, d, err := l.Provisioned(ctx, shape)
	if err != nil {
		return r, err
	}
	server, err := l.Serve(ctx, "--data", path)
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
	found, err := l.Alternate(ctx, sides...)
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

// whole reads all members of a group, and notes the memory that this takes.
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
