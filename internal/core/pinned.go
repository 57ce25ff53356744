package core

import (
	"cohort/internal/directory"
	"cohort/internal/state"
)

// A pinned state is the one that a change left behind, which its reply is read
// from: the catalog of that revision, and the users that the change touched.
type pinned struct {
	state *state.State
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
	if s := a.core.published.Find(&p.state.Head); s != nil {
		a.fixed.state = s // it says since when the catalog is the same
	} else {
		s := *p.state
		s.CatalogRev = s.Head.Revision
		a.fixed.state = &s
	}
}

// Refresh has the next read answered as of the newest state, as if this Access
// had just been made.
func (a *Access) Refresh() {
	a.closeLook()
	a.fixed, a.now, a.entered, a.repeated, a.met = pinned{}, view{}, false, 0, nil
}
