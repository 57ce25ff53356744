package impact

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/userset"
)

// A Reach is where a change can make a difference to effective values: an upper
// bound, found without looking at users.
type Reach struct {
	before, after *resolve.Catalog
	everyone      bool
	groups        map[directory.GroupID]bool     // whose users are reached: closed downwards, in both catalogs
	above         map[directory.GroupID]bool     // the ancestors through which values come to those groups
	owners        []directory.AttributeID        // users with a value of their own of these are reached
	attrs         map[directory.AttributeID]bool // of which values can change for users who are not touched
	touched       []directory.UserID             // users of whom rows are written, ascending
}

// Reach finds out where a change can make a difference.
func (c *Change) Reach() *Reach {
	r := newReach(c.Before, c.After)
	touched := map[directory.UserID]bool{}
	for _, w := range c.Writes {
		row := w.Row()
		if id, ok := directory.OwnerOf(row); ok {
			touched[id] = true
			continue
		}
		r.write(w, row)
	}
	r.touched = slices.Sorted(maps.Keys(touched))
	return r
}

func newReach(before, after *resolve.Catalog) *Reach {
	return &Reach{
		before: before, after: after,
		groups: map[directory.GroupID]bool{}, above: map[directory.GroupID]bool{},
		attrs: map[directory.AttributeID]bool{},
	}
}

// Bearers are where users can get group values of an attribute that meet a condition.
func Bearers(c *resolve.Catalog, id directory.AttributeID, condition func(directory.Value) bool) *Reach {
	r := newReach(c, c)
	for v := range c.GroupValues(id) {
		if condition(v.Value) {
			r.root(v.Group)
		}
	}
	return r
}

// IsEveryone reports whether every user is reached.
func (r *Reach) IsEveryone() bool { return r.everyone }

// IsOnly reports whether nobody but one user is reached.
func (r *Reach) IsOnly(user directory.UserID) bool {
	return !r.everyone && len(r.groups) == 0 && len(r.owners) == 0 &&
		!slices.ContainsFunc(r.touched, func(id directory.UserID) bool { return id != user })
}

// write adds what one write of the catalog reaches.
func (r *Reach) write(w directory.RowWrite, row directory.Row) {
	switch is := row.(type) {
	case directory.Group:
		was, _ := w.Before.(directory.Group)
		if was.Exists() == is.Exists() && w.After != nil {
			return // a name or a language decides nothing
		}
		r.root(is.ID)
		r.carried(is.ID)
	case directory.Nesting:
		if w.Before != nil && w.After != nil {
			return // the order of parents decides nothing
		}
		r.root(is.Group)
		r.carried(is.Parent)
	case directory.GroupValue:
		r.attrs[is.Attribute] = true
		r.root(is.Group)
	case directory.Attribute:
		was, _ := w.Before.(directory.Attribute)
		r.attribute(was, is)
	}
}

// attribute adds what a change of an attribute's definition reaches.
func (r *Reach) attribute(was, is directory.Attribute) {
	same := was
	same.Name, same.Label, same.UserCanView, same.UserCanEdit = is.Name, is.Label, is.UserCanView, is.UserCanEdit
	if reflect.DeepEqual(same, is) {
		return
	}
	r.attrs[is.ID] = true
	there := was.Exists() == is.Exists()
	if !was.Default.Equal(is.Default) || !there && (was.HasDefault() || is.HasDefault()) {
		r.everyone = true
	}
	if was.ID == 0 {
		return // its values, if it has any already, are writes of their own
	}
	r.owners = append(r.owners, is.ID)
	for _, c := range []*resolve.Catalog{r.before, r.after} {
		for v := range c.GroupValues(is.ID) {
			r.root(v.Group)
		}
	}
}

// root adds a group and all below it, in both catalogs.
func (r *Reach) root(id directory.GroupID) {
	if id == directory.AllUsers {
		r.everyone = true
		return
	}
	if r.groups[id] {
		return // and all below it
	}
	r.groups[id] = true
	for _, c := range []*resolve.Catalog{r.before, r.after} {
		for _, below := range c.Descendants(id) {
			r.groups[below] = true
		}
		for _, above := range c.Ancestors(id) {
			r.above[above] = true
		}
	}
}

// carried adds the attributes that have values on a group or above it, in
// either catalog: those that appear or disappear with it.
func (r *Reach) carried(id directory.GroupID) {
	for _, c := range []*resolve.Catalog{r.before, r.after} {
		for _, g := range append(c.Ancestors(id), id) {
			for v := range c.GroupValuesOf(g) {
				r.attrs[v.Attribute] = true
			}
		}
	}
}

// most is an upper bound of the users that are reached and that were there
// before; touched are those among them of whom rows are written.
func (r *Reach) most(ctx context.Context, rd store.Reader, head store.Head, at directory.Instant,
	touched int) (int64, error) {
	if r.everyone || len(r.owners) > 0 {
		return head.Users, nil
	}
	most, err := r.Members(ctx, rd, at, head.Users)
	return min(most+int64(touched), head.Users), err
}

// Members counts the memberships in the groups that are reached. It stops counting above enough.
func (r *Reach) Members(ctx context.Context, rd store.Reader, at directory.Instant, enough int64) (int64, error) {
	const first = 100 // often they have enough
	groups := slices.Sorted(maps.Keys(r.groups))
	var sum int64
	for n := first; len(groups) > 0 && sum <= enough; n = len(groups) {
		n = min(n, len(groups))
		counts, err := rd.MemberCounts(ctx, groups[:n], at)
		if err != nil {
			return 0, err
		}
		for _, members := range counts {
			sum += members
		}
		groups = groups[n:]
	}
	return sum, nil
}

// effectiveInputs calls look with the effective inputs of the reached users that are not
// touched, by id, some at a time.
func (r *Reach) effectiveInputs(
	ctx context.Context, rd store.Reader, head store.Head, at directory.Instant, look func([]directory.UserRows) error,
) error {
	n, err := r.Members(ctx, rd, at, head.Users/4)
	if err != nil {
		return err
	}
	if r.everyone || n > head.Users/4 { // then it is faster to read all than to look for those who are reached
		return r.everybody(ctx, rd, at, look)
	}
	set, err := r.Users(ctx, rd, at)
	if err != nil {
		return err
	}
	for ids := range set.Chunks(inputsAtOnce) {
		q := store.EffectiveInputQuery{IDs: ids}
		first, last := ids[0], ids[len(ids)-1]
		if int(last-first) < 2*len(ids) { // it is faster to read those between as well
			q = store.EffectiveInputQuery{After: first - 1, Limit: int(last-first) + 1}
		}
		users, err := rd.EffectiveInputs(ctx, q)
		if err != nil {
			return err
		}
		users = slices.DeleteFunc(users, func(u directory.UserRows) bool { return !set.Has(u.User.ID) || u.User.ID > last })
		if err := look(users); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reach) everybody(ctx context.Context, rd store.Reader, at directory.Instant,
	look func([]directory.UserRows) error) error {
	after := directory.UserID(0)
	for {
		users, err := rd.EffectiveInputs(ctx, store.EffectiveInputQuery{After: after, Limit: inputsAtOnce})
		if err != nil || len(users) == 0 {
			return err
		}
		after = users[len(users)-1].User.ID
		users = slices.DeleteFunc(users, func(u directory.UserRows) bool {
			_, touched := slices.BinarySearch(r.touched, u.User.ID)
			return touched || !r.reaches(&u, at)
		})
		if err := look(users); err != nil {
			return err
		}
	}
}

// reaches reports whether a user is reached.
func (r *Reach) reaches(u *directory.UserRows, at directory.Instant) bool {
	return r.everyone ||
		slices.ContainsFunc(u.Memberships, func(m directory.Membership) bool { return r.groups[m.Group] && m.InForce(at) }) ||
		slices.ContainsFunc(u.Values, func(v directory.UserValue) bool { return slices.Contains(r.owners, v.Attribute) })
}

// Users collects the reached users that are not touched, by id, unless
// everyone is reached.
func (r *Reach) Users(ctx context.Context, rd store.Reader, at directory.Instant) (userset.Set, error) {
	set := userset.Set{}
	for _, g := range slices.Sorted(maps.Keys(r.groups)) {
		err := rd.Members(ctx, g, at, func(id directory.UserID) error { r.offer(set, id); return nil })
		if err != nil {
			return nil, err
		}
	}
	for _, a := range r.owners {
		err := rd.RowsOf(ctx, directory.RowUserValue, a.Object(), func(row directory.Row) error {
			if v, ok := row.(directory.UserValue); ok {
				r.offer(set, v.User)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (r *Reach) offer(set userset.Set, id directory.UserID) {
	if _, touched := slices.BinarySearch(r.touched, id); !touched {
		set.Add(id)
	}
}

// inputsAtOnce is how many users are read at a time, with what decides their
// effective values.
const inputsAtOnce = 2000
