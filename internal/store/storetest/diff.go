package storetest

import (
	"context"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Contents is all that a store holds, apart from rows without a revision.
type Contents struct {
	Head    store.Head
	Rows    map[string][]directory.Row // by kind, in the order of keys
	Users   []directory.UserRows       // those deleted included, by id
	Members map[directory.GroupID]int64
	Records []store.Record
	Secrets map[directory.CredentialID][32]byte
	Sealed  map[directory.SealedID]store.Sealed
}

// Read reads all that a store holds, on one view.
func Read(ctx context.Context, s store.Store) (Contents, error) {
	var c Contents
	return c, s.Read(ctx, func(r store.Reader) error { return c.read(ctx, r) })
}

func (c *Contents) read(ctx context.Context, r store.Reader) (err error) {
	*c = Contents{
		Rows: map[string][]directory.Row{}, Members: map[directory.GroupID]int64{},
		Secrets: map[directory.CredentialID][32]byte{}, Sealed: map[directory.SealedID]store.Sealed{},
	}
	rev, err := r.Revision(ctx)
	if err != nil {
		return err
	}
	if c.Head, err = r.Head(ctx); err != nil {
		return err
	}
	if rev != c.Head.Revision {
		return fmt.Errorf("the revision is %d, that of the head %d", rev, c.Head.Revision)
	}
	for _, kind := range directory.RowKinds() {
		err := r.Scan(ctx, kind, func(row directory.Row) error {
			c.Rows[kind.String()] = append(c.Rows[kind.String()], row)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, row := range c.Rows[directory.RowUser.String()] {
		u, _, err := r.UserRows(ctx, row.(directory.User).ID)
		if err != nil {
			return err
		}
		c.Users = append(c.Users, u)
	}
	for _, row := range c.Rows[directory.RowGroup.String()] {
		id := row.(directory.Group).ID
		n, err := r.MemberCounts(ctx, []directory.GroupID{id}, c.Head.At)
		if err != nil {
			return err
		}
		c.Members[id] = n[0]
	}
	return c.readRest(ctx, r)
}

func (c *Contents) readRest(ctx context.Context, r store.Reader) error {
	for rev := directory.Revision(1); rev <= c.Head.Revision; rev++ {
		rec, err := r.Record(ctx, rev)
		if err != nil {
			return err
		}
		c.Records = append(c.Records, rec)
	}
	for id := directory.CredentialID(1); id < c.Head.Next.Credential; id++ {
		hash, ok, err := r.Secret(ctx, id)
		if err != nil {
			return err
		}
		if ok {
			c.Secrets[id] = hash
		}
	}
	for id := directory.SealedID(1); id < c.Head.Next.Sealed; id++ {
		v, err := r.Sealed(ctx, id)
		switch directory.KindOf(err) {
		case directory.KindNotFound:
			continue
		default:
			if err != nil {
				return err
			}
		}
		c.Sealed[id] = v
	}
	return nil
}

// Diff says how the contents of two stores differ (-a +b); empty means that
// they do not.
func Diff(ctx context.Context, a, b store.Store) (string, error) {
	ca, err := Read(ctx, a)
	if err != nil {
		return "", err
	}
	cb, err := Read(ctx, b)
	if err != nil {
		return "", err
	}
	return cmp.Diff(ca, cb), nil
}
