package resolve

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"

	"cohort/internal/directory"
)

// maxDifferences is how many differences Diff reports.
const maxDifferences = 20

// Diff compares two catalogs that should be equal, such as one that Apply updated and one that
// Build made from the same rows: their rows, what is derived from them, and their memoised
// effective lists. It returns one sentence for each difference, at most 20, or none. It reads
// everything.
func (c *Catalog) Diff(other *Catalog) []string {
	d := differ{a: c, b: other}
	d.rows()
	if c.groupCount != other.groupCount {
		d.say("groups are counted as %d and %d", c.groupCount, other.groupCount)
	}
	d.children()
	d.attributes()
	d.roles()
	d.lists()
	return d.found
}

type differ struct {
	a, b  *Catalog
	found []string
}

func (d *differ) say(format string, args ...any) {
	if len(d.found) < maxDifferences {
		d.found = append(d.found, fmt.Sprintf(format, args...))
	}
}

func (d *differ) rows() {
	left := map[directory.RowKey]directory.Row{}
	for row := range d.b.Rows() {
		left[row.Key()] = row
	}
	for row := range d.a.Rows() {
		key := row.Key()
		if !sameRow(row, left[key]) {
			d.say("row %s %d, %d differs", key.Kind, key.A, key.B)
		}
		delete(left, key)
	}
	for key := range left {
		d.say("row %s %d, %d is missing", key.Kind, key.A, key.B)
	}
}

// sameRow compares two rows with one key. b may be nil. Empty and nil slices are equal.
func sameRow(a, b directory.Row) bool {
	switch x := a.(type) {
	case directory.Attribute:
		y, ok := b.(directory.Attribute)
		same := ok && x.Default.Equal(y.Default)
		x.Default, y.Default = directory.Value{}, directory.Value{}
		return same && reflect.DeepEqual(x, y)
	case directory.GroupValue:
		y, ok := b.(directory.GroupValue)
		same := ok && x.Value.Equal(y.Value)
		x.Value, y.Value = directory.Value{}, directory.Value{}
		return same && reflect.DeepEqual(x, y)
	case directory.PermissionSet:
		y, ok := b.(directory.PermissionSet)
		same := ok && slices.Equal(x.Permissions, y.Permissions)
		x.Permissions, y.Permissions = nil, nil
		return same && reflect.DeepEqual(x, y)
	case directory.ModelSet:
		y, ok := b.(directory.ModelSet)
		same := ok && slices.Equal(x.Models, y.Models)
		x.Models, y.Models = nil, nil
		return same && reflect.DeepEqual(x, y)
	}
	return a == b
}

func (d *differ) children() {
	for i := range d.a.groups.n {
		id := d.a.groups.idAt(i)
		if a, b := d.a.Children(id), d.b.Children(id); !slices.Equal(a, b) {
			d.say("children of group %d are %v and %v", id, a, b)
		}
	}
}

func (d *differ) attributes() {
	for a := range d.a.Attributes() {
		x := slices.Collect(owners(d.a.GroupValues(a.ID)))
		y := slices.Collect(owners(d.b.GroupValues(a.ID)))
		if !slices.Equal(x, y) {
			d.say("groups by rank of attribute %d are %v and %v", a.ID, x, y)
		}
		b, _ := d.b.AttributeByName(a.Name)
		if named, _ := d.a.AttributeByName(a.Name); named.ID != a.ID || b.ID != a.ID {
			d.say("attribute %d is not found by its name", a.ID)
		}
	}
	if x, y := len(d.a.names.keys), len(d.b.names.keys); x != y {
		d.say("%d and %d attributes have names", x, y)
	}
}

func owners(values iter.Seq[directory.GroupValue]) iter.Seq[directory.GroupID] {
	return func(yield func(directory.GroupID) bool) {
		for v := range values {
			if !yield(v.Group) {
				return
			}
		}
	}
}

func (d *differ) roles() {
	a, b := maps.Collect(d.a.roleGroups.all()), maps.Collect(d.b.roleGroups.all())
	if !reflect.DeepEqual(a, b) {
		d.say("groups by role are %v and %v", a, b)
	}
}

// lists compares the memoised lists of each catalog with those that the other one makes.
func (d *differ) lists() {
	for i := range d.a.groups.n {
		id := d.a.groups.idAt(i)
		j, ok := d.b.groups.find(id)
		if !ok || !d.a.groups.at(int32(i)).visible() {
			continue
		}
		if d.a.slotOf(int32(i)).state.Load() != made && d.b.slotOf(j).state.Load() != made {
			continue
		}
		if a, b := d.a.rendered(int32(i)), d.b.rendered(j); !slices.EqualFunc(a, b, renderedEntry.same) {
			d.say("effective lists of group %d are %v and %v", id, a, b)
		}
	}
}

// A renderedEntry is an entry without the indexes of its catalog.
type renderedEntry struct {
	value     directory.GroupValue
	answer    directory.Effective // that it leads to
	attribute directory.AttributeID
	order     int64
	class     uint16
	flags     entryFlags
}

func (x renderedEntry) same(y renderedEntry) bool {
	same := sameRow(x.value, y.value) && x.answer.Equal(y.answer)
	x.value, y.value = directory.GroupValue{}, directory.GroupValue{}
	x.answer, y.answer = directory.Effective{}, directory.Effective{}
	return same && reflect.DeepEqual(x, y)
}

// rendered returns a group's list without indexes. It does not memoise a list, so that a
// comparison leaves no trace.
func (c *Catalog) rendered(i int32) []renderedEntry {
	var l []entry
	if s := c.slotOf(i); s.state.Load() == made {
		l = s.list
	} else {
		l = c.makeList(i)
	}
	out := make([]renderedEntry, len(l))
	for i := range l {
		e := &l[i]
		id := c.attrs[e.attr].id
		out[i] = renderedEntry{
			value: e.value.GroupValue, answer: e.value.effective(), attribute: id,
			order: e.order, class: e.class, flags: e.flags,
		}
	}
	return out
}
