package sample

import (
	"fmt"
	"math"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A Shape says how large a directory is, and how it is built. The numbers are
// met exactly, as far as there are enough users, groups and attributes for so
// many different memberships and values.
type Shape struct {
	Seed        uint64
	Users       int
	Groups      int // beside All Users
	Depth       int // groups on the longest path from a root down; each level is wider than the one above
	Attributes  int // beside the built-in ones
	GroupValues int
	Memberships int // spread evenly over the users
	UserValues  int // spread evenly over the users
	// Skew is the exponent of Zipf's law that the sizes of groups follow: 0 makes
	// all alike, at 1 the second largest group has half the members of the largest.
	Skew float64
	// Everyone puts all users into the first group, directly; this is one of the
	// Memberships.
	Everyone bool
	// Plain makes all attributes strings for which the rank decides. Otherwise
	// types and rules take turns.
	Plain bool
}

// Budget is the directory for which the budgets of imports and lists are given,
// with another number of users: at 1,000,000 users it has 10,000 groups on 6
// levels, 3,000,000 memberships, 200 attributes and 100,000 group values. A
// smaller one has fewer groups and values in proportion, but always some.
func Budget(users int) Shape {
	return Shape{
		Seed: 1, Users: users, Groups: max(users/100, 20), Depth: 6, Attributes: 200, GroupValues: max(users/10, 200),
		Memberships: 3 * users, UserValues: users / 10, Skew: 1, Everyone: true,
	}
}

// A Directory is what a Shape describes, with the ids that it gets.
type Directory struct {
	shape  Shape
	first  store.NextIDs
	levels []int     // index of the first group of each level, and after the last one
	bySize []int     // index of the largest group, of the second largest …
	upTo   []float64 // share of members that the largest groups have together, by bySize
	forms  []form
}

// Initialized gives the ids that are next in a directory that has been
// initialized and nothing else: there is no administrator yet.
func Initialized() store.NextIDs {
	return store.NextIDs{
		User: 1, Group: directory.AllUsers + 1, Attribute: directory.FirstCustomAttribute, Value: 1,
		Role:          directory.AdminRole + 1,
		PermissionSet: directory.AdminPermissionSet + 1, ModelSet: directory.AllModels + 1, Credential: 1, Sealed: 1,
	}
}

// New prepares the directory of a shape. Its objects get ids from first on,
// without gaps.
func New(shape Shape, first store.NextIDs) *Directory {
	shape.Depth = max(1, min(shape.Depth, shape.Groups))
	if shape.Groups == 0 {
		shape.GroupValues, shape.Memberships = 0, 0
	}
	d := &Directory{shape: shape, first: first, levels: levels(shape.Groups, shape.Depth), forms: forms()}
	order := newStream(shape.Seed, ofSizes, 0)
	d.bySize = make([]int, shape.Groups)
	d.upTo = make([]float64, shape.Groups)
	sum := 0.0
	for i := range d.bySize {
		j := order.below(i + 1)
		d.bySize[i] = d.bySize[j]
		d.bySize[j] = i
		sum += math.Pow(float64(i+1), -shape.Skew)
		d.upTo[i] = sum
	}
	for i := range d.upTo {
		d.upTo[i] /= sum
	}
	return d
}

// levels divides groups into levels of which each is wider than the one above
// by the same factor, none empty.
func levels(groups, depth int) []int {
	starts := make([]int, depth+1)
	factor := math.Pow(float64(max(groups, 1)), 1/float64(depth))
	total := 0.0
	for l := range depth {
		total += math.Pow(factor, float64(l+1))
	}
	wide := 0.0
	for l := range depth {
		wide += math.Pow(factor, float64(l+1))
		starts[l+1] = min(max(starts[l]+1, int(float64(groups)*wide/total)), groups-(depth-1-l))
	}
	starts[depth] = groups
	return starts
}

// Shape returns the shape, as far as it could be met.
func (d *Directory) Shape() Shape { return d.shape }

// Group returns the id of group number i.
func (d *Directory) Group(i int) directory.GroupID { return d.first.Group + directory.GroupID(i) }

// UserID returns the id of user number i.
func (d *Directory) UserID(i int) directory.UserID { return d.first.User + directory.UserID(i) }

// Attribute returns the id of attribute number i.
func (d *Directory) Attribute(i int) directory.AttributeID {
	return d.first.Attribute + directory.AttributeID(i)
}

// Next returns the ids after those of the directory.
func (d *Directory) Next() store.NextIDs {
	next := d.first
	next.User = d.UserID(d.shape.Users)
	next.Group = d.Group(d.shape.Groups)
	next.Attribute = d.Attribute(d.shape.Attributes)
	next.Value += directory.ValueID(d.groupValueCount())
	return next
}

// Leaf returns the number of a group that has none below it.
func (d *Directory) Leaf() int { return d.shape.Groups - 1 }

// share returns which part of total falls to number i of n: the parts differ by
// one at most.
func share(total, n, i int) (from, to int) {
	if n == 0 {
		return 0, 0
	}
	return int(int64(total) * int64(i) / int64(n)), int(int64(total) * int64(i+1) / int64(n))
}

// parents appends the numbers of the groups that group i is directly in: one of
// the level above, and for every eighth group another from any level above.
func (d *Directory) parents(dst []int, i int) []int {
	level, at := slices.BinarySearch(d.levels, i)
	if !at {
		level--
	}
	dst = dst[:0]
	if level == 0 {
		return dst
	}
	r := newStream(d.shape.Seed, ofTree, i)
	above, top := d.levels[level], d.levels[level-1]
	dst = append(dst, top+r.below(above-top))
	if r.below(8) == 0 && above > 1 {
		dst = appendNew(dst, r.below(above), above)
	}
	return dst
}

// memberOf appends the numbers of the groups that user i is directly in.
func (d *Directory) memberOf(dst []int, i int) []int {
	dst = dst[:0]
	from, to := share(d.shape.Memberships, d.shape.Users, i)
	count := min(to-from, d.shape.Groups)
	r := newStream(d.shape.Seed, ofMembers, i)
	if d.shape.Everyone && count > 0 {
		dst = append(dst, 0)
	}
	for len(dst) < count {
		bySize, _ := slices.BinarySearch(d.upTo, r.unit())
		dst = appendNew(dst, d.bySize[min(bySize, d.shape.Groups-1)], d.shape.Groups)
	}
	return dst
}

// User returns user number i with all it has of its own.
func (d *Directory) User(i int) directory.UserRows {
	id := d.UserID(i)
	r := newStream(d.shape.Seed, ofNames, i)
	first, last := firstName(&r), lastName(&r)
	rows := directory.UserRows{User: directory.User{
		ID: id, Kind: directory.KindPerson, FirstName: first, LastName: last,
		ContactEmail: fmt.Sprintf("%s.%s.%d@example.com", first, last, i), CreatedAt: created(i),
	}}
	var space [16]int
	for n, g := range d.memberOf(space[:0], i) {
		rows.Memberships = append(rows.Memberships, directory.Membership{
			User: id, Group: d.Group(g), Position: int64(n+1) * directory.OrderGap,
		})
	}
	from, to := share(d.shape.UserValues, d.shape.Users, i)
	r = newStream(d.shape.Seed, ofUserValues, i)
	attributes := r.pick(space[:0], to-from, d.shape.Attributes)
	slices.Sort(attributes)
	for _, a := range attributes {
		rows.Values = append(rows.Values, directory.UserValue{User: id, Attribute: d.Attribute(a), Value: d.value(a, &r)})
	}
	return rows
}

// created spreads what is made over the seconds from the beginning of 2026.
func created(i int) directory.Instant { return 1_767_225_600_000 + directory.Instant(i)*1000 }
