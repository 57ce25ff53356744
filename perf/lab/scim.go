package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/store/sqlite"
	"cohort/perf/measure"
)

// scimSource is the name of the identity provider that created all users.
const scimSource = "perf"

// People is the shape of a directory whose users an identity provider created.
func People(users int) sample.Shape {
	return sample.Shape{Seed: 1, Users: users, Groups: 20, Depth: 2, Attributes: 10, GroupValues: 20,
		Memberships: users + users/5, Skew: 1, Everyone: true}
}

// provisioned yields the rows of a directory in which every user has a login e-mail and an id
// of the identity provider.
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
			if !yield(directory.SourceReference{Object: d.UserID(i).Object(), Source: scimSource, SourceID: ExternalID(i)}) {
				return
			}
		}
	}
}

// ExternalID is the id of user i at the identity provider.
func ExternalID(i int) string { return fmt.Sprintf("00u%07d", i) }

// fillProvisioned creates a data directory whose users an identity provider created.
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

// Provisioned returns a copy of a directory whose users an identity provider created.
func (l *Lab) Provisioned(ctx context.Context, shape sample.Shape) (string, *sample.Directory, error) {
	path, d, err := l.FixtureFilledBy(fmt.Sprintf("scim-%d", shape.Users), shape, func(into string) error {
		return fillProvisioned(ctx, into, shape, l.progress())
	})
	if err != nil {
		return "", nil, err
	}
	path, err = l.Copied(path)
	return path, d, err
}

// Provisioner creates a SCIM client at a server, and returns it as a caller.
func Provisioner(ctx context.Context, p *measure.Process) (*Caller, error) {
	admin, err := Login(ctx, p)
	if err != nil {
		return nil, err
	}
	conn, err := measure.Dial(ctx, p.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	post := func(path, body string) ([]byte, error) {
		status, reply, err := conn.Do("POST "+path+" HTTP/1.1\r\n"+admin.Head+"Content-Type: application/json\r\n",
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
	return &Caller{Addr: p.Addr, Head: "Host: perf\r\nAuthorization: Bearer " + made.Token + "\r\n"}, err
}
