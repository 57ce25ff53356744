package rewind

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// errLater ends a walk at the first record that is later.
var errLater = errors.New("a later record")

// UserRows implements store.Reader.
func (r *Reader) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	rows, ok, err := r.Reader.UserRows(ctx, id)
	if err != nil {
		return directory.UserRows{}, false, err
	}
	return r.before(id, rows, ok)
}

// UsersByID implements store.Reader.
func (r *Reader) UsersByID(ctx context.Context, ids []directory.UserID) ([]directory.UserRows, error) {
	stored, err := r.Reader.UsersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]directory.UserRows, 0, len(stored))
	for _, id := range ids {
		var rows directory.UserRows
		there := len(stored) > 0 && stored[0].User.ID == id
		if there {
			rows, stored = stored[0], stored[1:]
		}
		if rows, ok, err := r.before(id, rows, there); err != nil {
			return nil, err
		} else if ok {
			list = append(list, rows)
		}
	}
	return list, nil
}

// before is a user as it was, from its rows of now, which it uses up.
func (r *Reader) before(id directory.UserID, rows directory.UserRows, there bool) (directory.UserRows, bool, error) {
	keys, changed := r.undo.users[id]
	switch {
	case r.undo.lost[id.Object()]:
		return directory.UserRows{}, false, nil
	case !changed:
		return rows, there, nil
	}
	for _, key := range keys {
		was := r.undo.before[key]
		switch key.Kind {
		case directory.RowUser:
			if was == nil {
				return directory.UserRows{}, false, nil // made later
			}
			rows.User, _ = was.(directory.User)
		case directory.RowMembership:
			rows.Memberships = replaced(rows.Memberships, key, was)
		case directory.RowUserValue:
			rows.Values = replaced(rows.Values, key, was)
		case directory.RowCredential:
			rows.Credentials = replaced(rows.Credentials, key, was)
		case directory.RowUserRole:
			rows.Roles = slices.DeleteFunc(rows.Roles, func(role directory.RoleID) bool { return int64(role) == key.B })
			if was != nil {
				rows.Roles = append(rows.Roles, directory.RoleID(key.B))
			}
		default: // users have no other rows of their own
		}
	}
	slices.SortFunc(rows.Memberships, func(a, b directory.Membership) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Group, b.Group))
	})
	slices.SortFunc(rows.Values, func(a, b directory.UserValue) int { return cmp.Compare(a.Attribute, b.Attribute) })
	slices.SortFunc(rows.Credentials, func(a, b directory.Credential) int { return cmp.Compare(a.ID, b.ID) })
	slices.Sort(rows.Roles)
	// When it was touched last is not known; that it was not after this revision is.
	rows.TouchedRev = r.head.Revision
	return rows, rows.User.ID != 0, nil
}

// replaced is a list of a user's rows with one of them as it was.
func replaced[T directory.Row](list []T, key directory.RowKey, was directory.Row) []T {
	list = slices.DeleteFunc(list, func(row T) bool { return row.Key() == key })
	if row, ok := was.(T); ok {
		list = append(list, row)
	}
	return list
}

// Changed reports whether a user was changed since, or lost.
func (r *Reader) Changed(id directory.UserID) bool {
	_, changed := r.undo.users[id]
	return changed || r.undo.lost[id.Object()]
}

// touched are the users that were changed or lost, ascending.
func (r *Reader) touched() []directory.UserID {
	ids := slices.Collect(maps.Keys(r.undo.users))
	for o := range r.undo.lost {
		if o.Kind == directory.ObjectUser {
			ids = append(ids, directory.UserID(o.ID))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// changed returns the touched users as they are now and as they were.
func (r *Reader) changed(ctx context.Context) (now, before []directory.UserRows, err error) {
	ids := r.touched()
	if len(ids) == 0 {
		return nil, nil, nil
	}
	if now, err = r.Reader.UsersByID(ctx, ids); err != nil {
		return nil, nil, err
	}
	before, err = r.UsersByID(ctx, ids)
	return now, before, err
}

// UsersMore is how many users more there were than now, and how many of those with a
// login name.
func (r *Reader) UsersMore(ctx context.Context) (users, named int64, err error) {
	now, before, err := r.changed(ctx)
	if err != nil {
		return 0, 0, err
	}
	there := func(u directory.UserRows) bool { return u.User.DeletedRev == 0 }
	isNamed := func(u directory.UserRows) bool { return there(u) && u.IsNamed() }
	return int64(countIf(before, there) - countIf(now, there)),
		int64(countIf(before, isNamed) - countIf(now, isNamed)), nil
}

// UsersAfter implements store.Reader.
func (r *Reader) UsersAfter(ctx context.Context, after directory.UserID, limit int) ([]directory.UserRows, error) {
	return r.pages(ctx, after, limit, r.Reader.UsersAfter,
		func(u directory.UserRows) (directory.UserRows, bool) { return u, true })
}

// EffectiveInputs implements store.Reader.
func (r *Reader) EffectiveInputs(ctx context.Context, q store.EffectiveInputQuery) ([]directory.UserRows, error) {
	if q.IDs == nil {
		return r.pages(ctx, q.After, q.Limit, func(ctx context.Context, after directory.UserID,
			limit int) ([]directory.UserRows, error) {
			return r.Reader.EffectiveInputs(ctx, store.EffectiveInputQuery{After: after, Limit: limit})
		}, inputsOf)
	}
	list, err := r.Reader.EffectiveInputs(ctx, q)
	if err != nil {
		return nil, err
	}
	_, before, err := r.changed(ctx)
	if err != nil {
		return nil, err
	}
	list = r.without(list)
	for _, u := range before {
		if _, asked := slices.BinarySearch(q.IDs, u.User.ID); !asked {
			continue
		}
		if o, ok := inputsOf(u); ok {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, byID)
	return list, nil
}

// inputsOf is what effective values are made of; ok is false for a user that is
// marked deleted.
func inputsOf(u directory.UserRows) (o directory.UserRows, ok bool) {
	o = directory.UserRows{
		User: directory.User{ID: u.User.ID, Disabled: u.User.Disabled}, Memberships: slices.Clone(u.Memberships),
		Values: u.Values,
	}
	for i := range o.Memberships {
		o.Memberships[i].Position = 0
	}
	slices.SortFunc(o.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
	return o, u.User.DeletedRev == 0
}

func byID(a, b directory.UserRows) int { return cmp.Compare(a.User.ID, b.User.ID) }

// without is a list without the users that were touched.
func (r *Reader) without(list []directory.UserRows) []directory.UserRows {
	return slices.DeleteFunc(list, func(u directory.UserRows) bool {
		return r.Changed(u.User.ID)
	})
}

// pages returns the next users by id, at most limit, out of pages of those of
// now and the touched ones as they were.
func (r *Reader) pages(
	ctx context.Context, after directory.UserID, limit int,
	next func(context.Context, directory.UserID, int) ([]directory.UserRows, error),
	form func(directory.UserRows) (directory.UserRows, bool),
) ([]directory.UserRows, error) {
	_, before, err := r.changed(ctx)
	if err != nil {
		return nil, err
	}
	var list []directory.UserRows
	last := directory.UserID(math.MaxInt64) // of what has been looked at
	for from := after; len(list) < limit; {
		page, err := next(ctx, from, limit)
		if err != nil {
			return nil, err
		}
		if full := len(page) == limit; full {
			from = page[len(page)-1].User.ID
			last = from
		} else {
			last = math.MaxInt64
		}
		list = append(list, r.without(page)...)
		if last == math.MaxInt64 {
			break
		}
	}
	for _, u := range before {
		if o, ok := form(u); ok && u.User.ID > after && u.User.ID <= last {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, byID)
	return list[:min(limit, len(list))], nil
}

// MemberCounts implements store.Reader.
func (r *Reader) MemberCounts(ctx context.Context, groups []directory.GroupID, at directory.Instant) ([]int64, error) {
	counts, err := r.Reader.MemberCounts(ctx, groups, at)
	if err != nil {
		return nil, err
	}
	now, before, err := r.changed(ctx)
	if err != nil {
		return nil, err
	}
	for i, g := range groups {
		counts[i] += countIn(before, g, at) - countIn(now, g, at)
	}
	return counts, nil
}

// countIn counts the users that are in a group.
func countIn(users []directory.UserRows, group directory.GroupID, at directory.Instant) (n int64) {
	for i := range users {
		in := slices.ContainsFunc(users[i].Memberships, func(m directory.Membership) bool {
			return m.Group == group &&
				m.InForce(at)
		})
		if in && users[i].User.DeletedRev == 0 {
			n++
		}
	}
	return n
}
