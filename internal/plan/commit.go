package plan

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// derive works out what the writes do to derived data: which users are
// touched, member counts, totals.
func (w *working) derive(writes []directory.RowWrite) (touched []store.TouchedUser, members []store.MemberDelta,
	head store.Head, err error) {
	head = w.head
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
			head.Groups += alive(g.ID, g.DeletedRev) - alive(before.ID, before.DeletedRev)
		}
	}
	deltas := map[directory.GroupID]int64{}
	for id := range ids {
		u, err := w.AnyUser(id)
		if err != nil {
			return nil, nil, head, err
		}
		touched = append(touched, store.TouchedUser{
			User: id, EmailKey: directory.Fold(u.After.Email()), Revision: w.head.Revision + 1,
		})
		was, is := alive(u.Before.User.ID, u.Before.User.DeletedRev), alive(u.After.User.ID, u.After.User.DeletedRev)
		head.Users += is - was
		head.Named += is*named(&u.After) - was*named(&u.Before)
		count(deltas, u.Before.Memberships, -was)
		count(deltas, u.After.Memberships, is)
	}
	for id, delta := range deltas {
		if delta != 0 {
			members = append(members, store.MemberDelta{Group: id, Delta: delta})
		}
	}
	slices.SortFunc(touched, func(a, b store.TouchedUser) int { return cmp.Compare(a.User, b.User) })
	slices.SortFunc(members, func(a, b store.MemberDelta) int { return cmp.Compare(a.Group, b.Group) })
	return touched, members, head, nil
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

// Touched are the users that a planned change touches, as it leaves them; nil
// if there are too many to keep them.
func (p *Planned) Touched() []directory.UserRows {
	if len(p.Commit.Touched) == 0 || len(p.Commit.Touched) > maxPinnedUsers {
		return nil
	}
	users := make([]directory.UserRows, 0, len(p.Commit.Touched))
	for _, t := range p.Commit.Touched {
		if u, ok := p.users[t.User]; ok && u.After.User.ID != 0 {
			rows := u.After
			rows.TouchedRev = p.Commit.Head.Revision
			users = append(users, rows)
		}
	}
	return users
}
