package core

import (
	"cohort/internal/directory"
	"cohort/internal/state"
)

// A Pinned state is the one that a change left behind, which its reply is read
// from: the catalog of that revision, and the users that the change touched.
type Pinned struct {
	State *state.State
	Users []directory.UserRows
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
