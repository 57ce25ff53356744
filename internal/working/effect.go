package working

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// An Effect is what a change does: what is to be written, and the users that were
// looked at, as it leaves them.
type Effect struct {
	Commit store.Commit
	users  map[directory.UserID]*User
}

// Effect is the effect of a commit that the change comes to.
func (w *Change) Effect(c store.Commit) Effect { return Effect{c, w.users} }

// Derive works out what writes do to derived data: which users are touched, member
// counts, totals.
func (w *Change) Derive(writes []directory.RowWrite) (store.Commit, error) {
	c := store.Commit{Writes: writes, Head: w.Head}
	ids := map[directory.UserID]bool{}
	for _, wr := range writes {
		row := wr.Row()
		for _, o := range row.Objects() {
			if o.Kind == directory.ObjectUser {
				ids[directory.UserID(o.ID)] = true
			}
		}
		if g, ok := row.(directory.Group); ok {
			before, _ := wr.Before.(directory.Group)
			c.Head.Groups += alive(g.ID, g.DeletedRev) - alive(before.ID, before.DeletedRev)
		}
	}
	deltas := map[directory.GroupID]int64{}
	for id := range ids {
		u, err := w.AnyUser(id)
		if err != nil {
			return c, err
		}
		c.Touched = append(c.Touched, store.TouchedUser{
			User: id, EmailKey: directory.Fold(u.After.Email()), Revision: w.Head.Revision + 1,
		})
		was, is := alive(u.Before.User.ID, u.Before.User.DeletedRev), alive(u.After.User.ID, u.After.User.DeletedRev)
		c.Head.Users += is - was
		c.Head.Named += is*named(&u.After) - was*named(&u.Before)
		count(deltas, u.Before.Memberships, -was)
		count(deltas, u.After.Memberships, is)
	}
	for id, delta := range deltas {
		if delta != 0 {
			c.Members = append(c.Members, store.MemberDelta{Group: id, Delta: delta})
		}
	}
	slices.SortFunc(c.Touched, func(a, b store.TouchedUser) int { return cmp.Compare(a.User, b.User) })
	slices.SortFunc(c.Members, func(a, b store.MemberDelta) int { return cmp.Compare(a.Group, b.Group) })
	return c, nil
}

// alive is 1 for an object that is there and not marked deleted, else 0.
func alive[T directory.ID](id T, deleted directory.Revision) int64 {
	if id == 0 || deleted != 0 {
		return 0
	}
	return 1
}

// named is 1 for a user with a login name, else 0.
func named(u *directory.UserRows) int64 {
	if u.IsNamed() {
		return 1
	}
	return 0
}

// count adds n to the stored count of every group that a membership without a
// window is in. Windowed ones are counted when they are read.
func count(deltas map[directory.GroupID]int64, memberships []directory.Membership, n int64) {
	for _, m := range memberships {
		if m.Always() {
			deltas[m.Group] += n
		}
	}
}

// maxPinnedUsers is how many users that a change touched are kept for its
// reply. Others are read again.
const maxPinnedUsers = 100

// Touched are the users that the change touches, as it leaves them; nil if there
// are too many to keep them.
func (e *Effect) Touched() []directory.UserRows {
	if len(e.Commit.Touched) == 0 || len(e.Commit.Touched) > maxPinnedUsers {
		return nil
	}
	users := make([]directory.UserRows, 0, len(e.Commit.Touched))
	for _, t := range e.Commit.Touched {
		if u, ok := e.users[t.User]; ok && u.After.User.ID != 0 {
			rows := u.After
			rows.TouchedRev = e.Commit.Head.Revision
			users = append(users, rows)
		}
	}
	return users
}
