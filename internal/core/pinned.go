package core

import (
	"context"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// A pinned state is the one that a change left behind, which its reply is read
// from: the catalog of that revision, and the users that the change touched.
type pinned struct {
	state *state
	users []directory.UserRows
}

// maxPinnedUsers is how many users that a change touched are kept for its
// reply. Others are read again.
const maxPinnedUsers = 100

// touched are the users that a planned change touches, as it leaves them; nil
// if there are too many to keep them.
func (p *planned) touched() []directory.UserRows {
	if len(p.commit.Touched) == 0 || len(p.commit.Touched) > maxPinnedUsers {
		return nil
	}
	users := make([]directory.UserRows, 0, len(p.commit.Touched))
	for _, t := range p.commit.Touched {
		if u, ok := p.users[t.User]; ok && u.after.User.ID != 0 {
			rows := u.after
			rows.TouchedRev = p.commit.Head.Revision
			users = append(users, rows)
		}
	}
	return users
}

// pinTo has all reads from now on answered as of a state.
func (a *Access) pinTo(p *pinned) {
	if p == nil {
		return
	}
	if s := a.core.published.find(&p.state.head); s != nil {
		p.state = s // it says since when the catalog is the same
	} else {
		s := *p.state
		s.catalogRev = s.head.Revision
		p.state = &s
	}
	a.pinned.Store(p)
	a.last.Store(nil)
}

// viewAt is the view of a pinned state.
func (a *Access) viewAt(ctx context.Context, p *pinned) (*view, error) {
	if v := a.last.Load(); v != nil && v.state == p.state {
		return v, nil
	}
	v := &view{state: p.state, powers: directory.AllPermissions, at: max(a.core.now(), p.state.head.At)}
	if !a.caller.IsSystem() {
		me, _, ok, err := a.user(ctx, a.caller.User)
		if err != nil {
			return nil, err
		}
		if err := a.enter(ctx, v, me, ok); err != nil {
			return nil, err
		}
	}
	a.last.Store(v)
	return v, nil
}

// user returns a user and a state, true together. ok is false if there is no
// such user, or it is marked deleted.
func (a *Access) user(ctx context.Context, id directory.UserID) (cachedUser, *state, bool, error) {
	if a.pin != nil {
		rows, ok, err := a.pin.reader.UserRows(ctx, id)
		return uncached(&rows), a.pin.view.state, ok && rows.User.DeletedRev == 0, inReading(err)
	}
	p := a.pinned.Load()
	if p == nil {
		return a.core.users.get(ctx, id)
	}
	for i := range p.users {
		if rows := &p.users[i]; rows.User.ID == id {
			return uncached(rows), p.state, rows.User.DeletedRev == 0, nil
		}
	}
	if u, _ := a.core.users.stripe(id).lookup(id); u.answers(p.state) {
		return u, p.state, !u.deleted, nil
	}
	var rows directory.UserRows
	var ok bool
	err := a.readAt(ctx, p.state, func(r store.Reader) (err error) {
		rows, ok, err = r.UserRows(ctx, id)
		return err
	})
	return uncached(&rows), p.state, ok && rows.User.DeletedRev == 0, inReading(err)
}

func uncached(rows *directory.UserRows) cachedUser {
	return cachedUser{Subject: resolve.Subject{Rows: rows}, touched: rows.TouchedRev}
}

func inReading(err error) error {
	if err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	return nil
}

// readAt runs f on a view of the store as of a state.
func (a *Access) readAt(ctx context.Context, s *state, f func(store.Reader) error) error {
	for {
		matched := false
		since := a.core.published.get()
		err := a.core.store.Read(ctx, func(r store.Reader) error {
			now, ok, err := a.core.match(ctx, r, since)
			if err != nil || !ok {
				return err
			}
			matched = true
			if r, err = a.core.rewind(ctx, r, s, now); err != nil {
				return err
			}
			return f(r)
		})
		if err != nil || matched {
			return err
		}
	}
}

// maxKeptWrites is how many row writes a state keeps of the change that led to
// it. Those of larger changes are read from their record.
const maxKeptWrites = 1000

func keptWrites(writes []directory.RowWrite) []directory.RowWrite {
	if len(writes) > maxKeptWrites {
		return nil
	}
	return writes
}

// rewind returns a reader as of a state, over a view of the store as of a later
// one.
func (c *Core) rewind(ctx context.Context, r store.Reader, s, now *state) (store.Reader, error) {
	switch {
	case now.era != s.era || now.head.Revision < s.head.Revision:
		return nil, errDiverged // what was true then is of another history
	case now.head.Revision == s.head.Revision:
		return r, nil
	}
	var undo rewind.Undo
	for rev := s.head.Revision + 1; rev <= now.head.Revision; rev++ {
		if known := c.published.of(rev, s.era); known != nil && len(known.writes) > 0 {
			undo.Add(known.writes)
			continue
		}
		rec, err := r.Record(ctx, rev)
		if err != nil {
			return nil, err
		}
		writes, err := record.Images(rec)
		switch {
		case directory.KindOf(err) == directory.KindGone:
			objects := make([]directory.Object, len(rec.Objects))
			for i, o := range rec.Objects {
				objects[i] = o.Object
			}
			undo.Lose(objects)
		case err != nil:
			return nil, err
		}
		undo.Add(writes)
	}
	return rewind.New(r, s.head, &undo), nil
}
