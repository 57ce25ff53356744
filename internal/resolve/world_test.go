package resolve

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cohort/internal/directory"
)

// groupIDs are the groups of random worlds. They are few, so that groups share
// much, and lie in several chunks. A group is nested only in one that comes
// earlier, so there are no cycles.
var groupIDs = [...]directory.GroupID{1, 2, 3, 4, 6, 9, 255, 256, 257, 258, 600, 601, 5000}

var languages = []directory.Language{"EN", "DE"}

// A shape is a pairing of type and rule, with texts that fit.
type shape struct {
	kind  directory.Type
	rule  directory.Rule
	texts []string
}

var shapes = []shape{
	{directory.TypeString, directory.RuleRank, []string{"a", "b", ""}},
	{directory.TypeString, directory.RuleNearest, []string{"a", "b"}},
	{directory.TypeText, directory.RuleRank, []string{"a", "b"}},
	{directory.TypeText, directory.RuleNearest, []string{"a", "b"}},
	{directory.TypeInteger, directory.RuleMin, []string{"9", "10", "010", "-3"}},
	{directory.TypeNumber, directory.RuleMax, []string{"9.5", "10", "10.0", "-3"}},
	{directory.TypeDateTime, directory.RuleMin, []string{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00"}},
	{directory.TypeYesNo, directory.RuleAny, []string{"yes", "No", "YES", "no"}},
	{directory.TypeYesNo, directory.RuleAll, []string{"yes", "No", "YES", "no"}},
	{directory.TypeList, directory.RuleUnion, []string{"a", "b,a", "c,b", "a, a"}},
	{directory.TypeEnumList, directory.RuleUnion, []string{"a", "b,a", "c,b", `"x,y"`}},
	{directory.TypeEnumList, directory.RuleNearest, []string{"a", "b,a"}},
}

// shapesOf returns the shapes of the same type, which share the texts.
func shapesOf(t directory.Type) []shape {
	return slices.DeleteFunc(slices.Clone(shapes), func(s shape) bool { return s.kind != t })
}

// A world is a random directory: rows, and the catalog that was kept while they
// changed.
type world struct {
	rows    oracle
	catalog *Catalog
	attrs   []directory.AttributeID // few, so that they have many values; the id says the shape
	nextID  directory.ValueID
}

func newWorld(t *rapid.T) *world {
	w := &world{rows: oracle{}, catalog: Empty(), nextID: 1}
	var writes []directory.RowWrite
	add := func(row directory.Row) { writes = append(writes, directory.RowWrite{After: row}) }
	for i, id := range groupIDs {
		if i == 0 || often(t, "group", 8) {
			add(directory.Group{ID: id, Name: fmt.Sprint(id)})
		}
	}
	add(directory.Attribute{ID: directory.AttrEmail, Name: "email", Type: directory.TypeString, Rule: directory.RuleRank,
		System: true})
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(shapes)-1), 3, 3, rapid.ID).Draw(t, "attributes") {
		w.attrs = append(w.attrs, directory.FirstCustomAttribute+directory.AttributeID(i))
	}
	slices.Sort(w.attrs)
	for _, id := range w.attrs {
		add(w.attribute(t, id))
	}
	for i := range 3 {
		add(directory.PermissionSet{ID: directory.PermissionSetID(i + 1), Permissions: directory.Permissions(1 << i).Names()})
		add(directory.Role{ID: directory.RoleID(i + 1), PermissionSet: directory.PermissionSetID(i + 1), ModelSet: 1})
	}
	add(directory.ModelSet{ID: 1})
	w.write(writes)
	w.write(w.change(t, rapid.IntRange(20, 60).Draw(t, "rows")))
	return w
}

func (w *world) write(writes []directory.RowWrite) {
	w.rows.apply(writes)
	w.catalog = w.catalog.Apply(writes)
}

// attribute makes an attribute of the shape that its id has, or of another rule
// for the same type.
func (w *world) attribute(t *rapid.T, id directory.AttributeID) directory.Attribute {
	s := rapid.SampledFrom(shapesOf(shapes[id-directory.FirstCustomAttribute].kind)).Draw(t, "shape")
	a := directory.Attribute{
		ID: id, Name: fmt.Sprintf("a%d", id), Type: s.kind, Rule: s.rule,
		UserValueMode: rapid.SampledFrom([]directory.UserValueMode{directory.ModeWins, directory.ModeJoins,
			directory.ModeYields}).Draw(t, "mode"),
	}
	if rapid.Bool().Draw(t, "has default") {
		a.Default = w.value(t, s)
	}
	return a
}

func (w *world) value(t *rapid.T, s shape) directory.Value {
	text := rapid.SampledFrom(s.texts).Draw(t, "text")
	if !s.kind.Localized() {
		return directory.Value{Text: text}
	}
	var v directory.Value
	for _, lang := range rapid.SampledFrom([][]directory.Language{{"EN"}, {"DE"}, {"EN", "DE"}}).Draw(t, "languages") {
		v = v.With(lang, text)
		text = rapid.SampledFrom(s.texts).Draw(t, "text")
	}
	return v
}

// often is true in so many cases of ten.
func often(t *rapid.T, what string, tenths int) bool {
	return rapid.IntRange(0, 9).Draw(t, what) < tenths
}

func window(t *rapid.T) directory.Window {
	if often(t, "always", 6) {
		return directory.Window{}
	}
	from := rapid.Int64Range(0, 8).Draw(t, "from")
	to := rapid.SampledFrom([]int64{0, from + 1, from + 4}).Draw(t, "to")
	return directory.Window{StartsAt: directory.Instant(from), ExpiresAt: directory.Instant(to)}
}

// change makes some random writes, not more than n.
func (w *world) change(t *rapid.T, n int) []directory.RowWrite {
	var writes []directory.RowWrite
	done := map[directory.RowKey]bool{}
	for range n {
		row := w.randomRow(t)
		if row == nil || done[row.Key()] {
			continue
		}
		done[row.Key()] = true
		write := directory.RowWrite{Before: w.rows[row.Key()], After: row}
		if write.Before != nil && w.removable(row) && rapid.Bool().Draw(t, "remove") {
			write.After = nil
		}
		writes = append(writes, write)
	}
	// A group that another write names stays.
	return slices.DeleteFunc(writes, func(w directory.RowWrite) bool {
		g, ok := w.Before.(directory.Group)
		return ok && w.After == nil && slices.ContainsFunc(writes, func(other directory.RowWrite) bool {
			return other.After != nil && slices.Contains(other.After.Objects(), g.ID.Object())
		})
	})
}

func (w *world) randomRow(t *rapid.T) directory.Row {
	group := rapid.SampledFrom(groupIDs[:]).Draw(t, "of group")
	attr := rapid.SampledFrom(w.attrs).Draw(t, "attribute")
	deleted := directory.Revision(0)
	if often(t, "deleted", 3) {
		deleted = 5
	}
	_, exists := w.rows[directory.Group{ID: group}.Key()]
	kind := rapid.SampledFrom([]directory.RowKind{
		directory.RowGroup, directory.RowAttribute, directory.RowGroupRole,
		directory.RowNesting, directory.RowNesting, directory.RowNesting,
		directory.RowGroupValue, directory.RowGroupValue, directory.RowGroupValue, directory.RowGroupValue,
	}).Draw(t, "kind")
	switch {
	case kind == directory.RowGroup:
		if group == directory.AllUsers {
			return nil
		}
		return directory.Group{ID: group, Name: fmt.Sprint(group), DeletedRev: deleted}
	case kind == directory.RowAttribute:
		a := w.attribute(t, attr)
		a.DeletedRev = deleted
		return a
	case !exists:
		return nil
	case kind == directory.RowNesting:
		up := rapid.SampledFrom(groupIDs[:]).Draw(t, "parent")
		_, ok := w.rows[directory.Group{ID: up}.Key()]
		if !ok || up >= group || up == directory.AllUsers {
			return nil
		}
		return directory.Nesting{Group: group, Parent: up, Position: rapid.Int64Range(1, 100).Draw(t, "position")}
	case kind == directory.RowGroupRole:
		if group == directory.AllUsers {
			return nil
		}
		return directory.GroupRole{Group: group, Role: directory.RoleID(rapid.IntRange(1, 3).Draw(t, "role"))}
	}
	return w.groupValue(t, group, attr)
}

func (w *world) groupValue(t *rapid.T, group directory.GroupID, attr directory.AttributeID) directory.Row {
	// Few order keys, so that some are equal: a deleted group's value may have the
	// key of another.
	order := rapid.Int64Range(1, 30).Draw(t, "order")
	w.nextID++
	row := directory.GroupValue{
		ID: w.nextID, Attribute: attr, Group: group, Order: order,
		Value: w.value(t, shapes[attr-directory.FirstCustomAttribute]), Window: window(t),
	}
	return row
}

// removable reports whether no other row names the row.
func (w *world) removable(row directory.Row) bool {
	g, ok := row.(directory.Group)
	if _, isAttr := row.(directory.Attribute); isAttr {
		return false
	}
	if !ok {
		return true
	}
	for _, other := range w.rows {
		if other.Key() != row.Key() && slices.Contains(other.Objects(), g.ID.Object()) {
			return false
		}
	}
	return true
}

func (w *world) user(t *rapid.T) *directory.UserRows {
	u := &directory.UserRows{User: directory.User{ID: 7, ContactEmail: "ada@example.com"}}
	forever := rapid.Bool().Draw(t, "forever")
	window := func(t *rapid.T) directory.Window {
		if forever {
			return directory.Window{}
		}
		return window(t)
	}
	for i, g := range rapid.SliceOfNDistinct(rapid.SampledFrom(groupIDs[:]), 0, len(groupIDs), rapid.ID).Draw(t,
		"groups") {
		u.Memberships = append(u.Memberships, directory.Membership{User: 7, Group: g, Position: int64(i + 1),
			Window: window(t)})
	}
	for _, id := range w.attrs {
		if often(t, "own", 3) {
			v := w.value(t, shapes[id-directory.FirstCustomAttribute])
			u.Values = append(u.Values, directory.UserValue{User: 7, Attribute: id, Value: v, Window: window(t)})
		}
	}
	u.Roles = rapid.SliceOfNDistinct(rapid.SampledFrom([]directory.RoleID{1, 2, 3, 99}), 0, 2, rapid.ID).Draw(t, "roles")
	slices.Sort(u.Roles)
	return u
}

// ids are the attributes of the world, and one that is not there.
func (w *world) ids() []directory.AttributeID {
	return append(append([]directory.AttributeID{directory.AttrEmail}, w.attrs...), 9999)
}

// same compares answers; which of nil and empty stands for nothing is all one.
func same(t *rapid.T, what string, want, got any) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return // much faster, and mostly so
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// checkProperty runs a property of random worlds after some changes.
func checkProperty(t *testing.T, f func(t *rapid.T, w *world)) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(0, 12).Draw(t, "changes") {
			w.write(w.change(t, rapid.IntRange(1, 4).Draw(t, "writes")))
		}
		f(t, w)
	})
}
