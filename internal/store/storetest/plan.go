package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Plan makes the commit that puts rows into a store, whether they are there or
// not, and removes others: it reads what is there now, counts members, finds
// whom it touches and writes a record. It stands in for the use cases, which
// stores know nothing of.
func Plan(ctx context.Context, tx store.Tx, put []directory.Row, remove ...directory.RowKey) (store.Commit, error) {
	head, err := tx.Head(ctx)
	if err != nil {
		return store.Commit{}, err
	}
	p := planner{ctx: ctx, tx: tx, members: map[directory.GroupID]int64{},
		users: map[directory.UserID]*directory.UserRows{}}
	p.commit.Head = head
	for _, row := range put {
		p.write(row.Key(), row)
	}
	for _, key := range remove {
		p.write(key, nil)
	}
	for id, n := range p.members {
		gone := slices.Contains(remove, directory.Group{ID: id}.Key())
		if n != 0 && !gone {
			p.commit.Members = append(p.commit.Members, store.MemberDelta{Group: id, Delta: n})
		}
	}
	for id, u := range p.users {
		p.commit.Touched = append(p.commit.Touched, store.TouchedUser{
			User: id, EmailKey: directory.Fold(u.Email()), Revision: head.Revision + 1,
		})
		was, _, err := tx.UserRows(ctx, id)
		if err != nil {
			return store.Commit{}, err
		}
		p.commit.Head.Named += named(u) - named(&was)
	}
	p.record()
	return p.commit, p.err
}

// A planner collects a commit; err is the first thing that went wrong.
type planner struct {
	ctx     context.Context
	tx      store.Tx
	commit  store.Commit
	members map[directory.GroupID]int64
	users   map[directory.UserID]*directory.UserRows // as they are after the commit
	err     error
}

func (p *planner) write(key directory.RowKey, after directory.Row) {
	before, ok, err := p.tx.Row(p.ctx, key)
	if err != nil && p.err == nil {
		p.err = err
	}
	if p.err != nil || !ok && after == nil {
		return
	}
	p.commit.Writes = append(p.commit.Writes, directory.RowWrite{Before: before, After: after})
	p.count(before, -1)
	p.count(after, 1)
	p.nextIDs(after)
	for _, row := range []directory.Row{before, after} {
		if row == nil {
			continue
		}
		for _, o := range row.Objects() {
			if o.Kind == directory.ObjectUser {
				p.touch(directory.UserID(o.ID), key, after)
			}
		}
	}
}

// user returns a user as it is after what has been planned so far.
func (p *planner) user(id directory.UserID) *directory.UserRows {
	if u, ok := p.users[id]; ok {
		return u
	}
	u, _, err := p.tx.UserRows(p.ctx, id)
	if err != nil && p.err == nil {
		p.err = err
	}
	return &u
}

// touch brings what decides about the shown e-mail up to date.
func (p *planner) touch(id directory.UserID, key directory.RowKey, after directory.Row) {
	u := p.user(id)
	p.users[id] = u
	switch key.Kind {
	case directory.RowUser:
		u.User, _ = after.(directory.User)
	case directory.RowCredential:
		u.Credentials = slices.DeleteFunc(u.Credentials, func(c directory.Credential) bool { return c.Key() == key })
		if c, ok := after.(directory.Credential); ok && c.User == id {
			u.Credentials = append(u.Credentials, c)
			slices.SortFunc(u.Credentials, func(a, b directory.Credential) int { return int(a.ID - b.ID) })
		}
	case directory.RowMembership:
		u.Memberships = slices.DeleteFunc(u.Memberships, func(m directory.Membership) bool { return m.Key() == key })
		if m, ok := after.(directory.Membership); ok {
			u.Memberships = append(u.Memberships, m)
		}
	default:
	}
}

// named is 1 for a user that is there and has a login name, else 0.
func named(u *directory.UserRows) int64 {
	if u.User.ID == 0 || u.User.DeletedRev != 0 || !u.IsNamed() {
		return 0
	}
	return 1
}

// count maintains the counters of the head and of members without a window.
func (p *planner) count(row directory.Row, sign int64) {
	switch r := row.(type) {
	case directory.Group:
		if r.DeletedRev == 0 {
			p.commit.Head.Groups += sign
		}
	case directory.User:
		if r.DeletedRev != 0 {
			return
		}
		p.commit.Head.Users += sign
		for _, m := range p.user(r.ID).Memberships {
			if m.Always() {
				p.members[m.Group] += sign
			}
		}
	case directory.Membership:
		if u := p.user(r.User); u.User.ID != 0 && u.User.DeletedRev == 0 && r.Always() {
			p.members[r.Group] += sign
		}
	}
}

func (p *planner) nextIDs(row directory.Row) {
	n := &p.commit.Head.Next
	switch r := row.(type) {
	case directory.Group:
		n.Group = max(n.Group, r.ID+1)
	case directory.Attribute:
		n.Attribute = max(n.Attribute, r.ID+1)
	case directory.GroupValue:
		n.Value = max(n.Value, r.ID+1)
	case directory.PermissionSet:
		n.PermissionSet = max(n.PermissionSet, r.ID+1)
	case directory.ModelSet:
		n.ModelSet = max(n.ModelSet, r.ID+1)
	case directory.Role:
		n.Role = max(n.Role, r.ID+1)
	case directory.User:
		n.User = max(n.User, r.ID+1)
	case directory.Credential:
		n.Credential = max(n.Credential, r.ID+1)
	}
}

// record writes a change record with two chunks, whose bytes nobody reads.
func (p *planner) record() {
	h := &p.commit.Head
	h.Revision++
	h.At += 1000
	h.Hash = sha256.Sum256(fmt.Append(nil, "record", h.Revision))
	h.Digest = sha256.Sum256(fmt.Append(nil, "digest", h.Revision))
	rec := store.Record{
		Header: directory.ChangeHeader{
			Revision: h.Revision, At: h.At, Caller: 3, Credential: 2, Sudoer: 1, Dialect: "test",
			RequestID: fmt.Sprint("request ", h.Revision), ChangeID: fmt.Sprint("change ", h.Revision),
			Comment: "a 'comment' — with \"quotes\"",
		},
		Edits: store.Chunk{Commitment: sha256.Sum256(nil), Salt: []byte("salt"),
			Data: fmt.Append(nil, "edits of ", h.Revision)},
		Hash: h.Hash,
	}
	for i := range 2 {
		rec.Chunks = append(rec.Chunks, store.Chunk{
			Commitment: sha256.Sum256(fmt.Append(nil, i, h.Revision)),
			Salt:       fmt.Append(nil, "salt ", i), Data: []byte{0, 255, byte(i)},
		})
	}
	rec.Objects = objectsOf(p.commit.Writes)
	p.commit.Records = []store.Record{rec}
}

func objectsOf(writes []directory.RowWrite) []store.RecordObject {
	var list []store.RecordObject
	for _, w := range writes {
		for _, row := range []directory.Row{w.Before, w.After} {
			if row == nil {
				continue
			}
			for _, o := range row.Objects() {
				list = append(list, store.RecordObject{Object: o, Chunk: int(o.ID % 2)})
			}
		}
	}
	slices.SortFunc(list, func(a, b store.RecordObject) int {
		if a.Object.Kind != b.Object.Kind {
			return int(a.Object.Kind) - int(b.Object.Kind)
		}
		return int(a.Object.ID - b.Object.ID)
	})
	return slices.Compact(list)
}

// Put commits rows, as Plan does.
func Put(ctx context.Context, s store.Store, put []directory.Row, remove ...directory.RowKey) error {
	return s.Write(ctx, func(tx store.Tx) error {
		c, err := Plan(ctx, tx, put, remove...)
		if err != nil {
			return err
		}
		return tx.Append(ctx, c)
	})
}
