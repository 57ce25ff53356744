package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/record"
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
	a.Refresh()
	if p == nil {
		return
	}
	a.fixed = *p
	if s := a.core.published.find(&p.state.head); s != nil {
		a.fixed.state = s // it says since when the catalog is the same
	} else {
		s := *p.state
		s.catalogRev = s.head.Revision
		a.fixed.state = &s
	}
}

// Refresh has the next read answered as of the newest state, as if this Access
// had just been made.
func (a *Access) Refresh() {
	a.closeLook()
	a.fixed, a.now, a.entered, a.repeated = pinned{}, view{}, false, 0
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
	case now.lineage != s.lineage || now.head.Revision < s.head.Revision:
		return nil, errDiverged // what was true then is of another history
	case now.head.Revision == s.head.Revision:
		return r, nil
	}
	var undo rewind.Undo
	for rev := s.head.Revision + 1; rev <= now.head.Revision; rev++ {
		if known := c.published.of(rev, s.lineage); known != nil && len(known.writes) > 0 {
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
		undo.Lose(record.Lost(rec, writes))
		undo.Add(writes)
	}
	return rewind.New(r, s.head, &undo), nil
}
