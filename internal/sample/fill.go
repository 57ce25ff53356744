package sample

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// perCommit is how many users Fill writes in a transaction.
const perCommit = 5000

// Fill writes the directory of a shape into a store that core has initialized,
// beside what is there, without change records: history begins after it. No
// core may have the store open meanwhile. progress, if not nil, learns how many
// users are written.
func Fill(ctx context.Context, s store.Store, shape Shape, progress func(users int)) (*Directory, error) {
	f := filler{ctx: ctx, store: s, members: map[directory.GroupID]int64{}}
	err := s.Read(ctx, func(r store.Reader) (err error) {
		f.head, err = r.Head(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	d := New(shape, f.head.Next)
	for row := range d.Catalog() {
		if err := f.add(row); err != nil {
			return nil, err
		}
	}
	f.head.Groups += int64(d.shape.Groups)
	f.head.Next = d.Next()
	for i := range d.shape.Users {
		if err := f.addUser(d.User(i)); err != nil {
			return nil, err
		}
		if progress != nil && (i+1)%perCommit == 0 {
			progress(i + 1)
		}
	}
	for group, n := range f.members {
		f.commit.Members = append(f.commit.Members, store.MemberDelta{Group: group, Delta: n})
	}
	if err := f.flush(); err != nil {
		return nil, err
	}
	return d, s.Learn(ctx)
}

// A filler collects rows for commits without records.
type filler struct {
	ctx     context.Context
	store   store.Store
	head    store.Head
	commit  store.Commit
	members map[directory.GroupID]int64
}

func (f *filler) add(row directory.Row) error {
	f.head.Digest = record.Add(f.head.Digest, row)
	f.commit.Writes = append(f.commit.Writes, directory.RowWrite{After: row})
	if len(f.commit.Writes) < 8*perCommit && len(f.commit.Touched) < perCommit {
		return nil
	}
	return f.flush()
}

func (f *filler) addUser(u directory.UserRows) error {
	f.commit.Touched = append(f.commit.Touched, store.TouchedUser{User: u.User.ID, EmailKey: directory.Fold(u.Email())})
	f.head.Users++
	for _, m := range u.Memberships {
		f.members[m.Group]++
		f.commit.Writes = append(f.commit.Writes, directory.RowWrite{After: m})
		f.head.Digest = record.Add(f.head.Digest, m)
	}
	for _, v := range u.Values {
		f.commit.Writes = append(f.commit.Writes, directory.RowWrite{After: v})
		f.head.Digest = record.Add(f.head.Digest, v)
	}
	return f.add(u.User)
}

func (f *filler) flush() error {
	f.commit.Head = f.head
	err := f.store.Write(f.ctx, func(tx store.Tx) error { return tx.Append(f.ctx, f.commit) })
	f.commit = store.Commit{}
	return err
}
