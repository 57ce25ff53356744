package resolve

import (
	"iter"
	"slices"

	"cohort/internal/directory"
)

// Group returns a group; ok is false if it is missing or deleted.
func (c *Catalog) Group(id directory.GroupID) (row directory.Group, ok bool) {
	if _, g, ok := c.groups.visible(id); ok {
		return g.row, true
	}
	return directory.Group{}, false
}

// RawGroup returns a group even if it is marked deleted.
func (c *Catalog) RawGroup(id directory.GroupID) (row directory.Group, ok bool) {
	if i, ok := c.groups.find(id); ok && c.groups.at(i).exists {
		return c.groups.at(i).row, true
	}
	return directory.Group{}, false
}

// Groups yields the groups by id, including All Users.
func (c *Catalog) Groups() iter.Seq[directory.Group] {
	return func(yield func(directory.Group) bool) {
		for i := range c.groups.n {
			if g := c.groups.at(int32(i)); g.visible() && !yield(g.row) {
				return
			}
		}
	}
}

// GroupsAfter yields the groups with a greater id, by id, without reading those before.
func (c *Catalog) GroupsAfter(after directory.GroupID) iter.Seq[directory.Group] {
	return func(yield func(directory.Group) bool) {
		from, found := c.groups.find(after)
		if found {
			from++
		}
		for i := from; int(i) < c.groups.n; i++ {
			if g := c.groups.at(i); g.visible() && !yield(g.row) {
				return
			}
		}
	}
}

// GroupIDs yields the ids of Groups.
func (c *Catalog) GroupIDs() iter.Seq[directory.GroupID] {
	return func(yield func(directory.GroupID) bool) {
		for i := range c.groups.n {
			if g := c.groups.at(int32(i)); g.visible() && !yield(g.row.ID) {
				return
			}
		}
	}
}

// GroupCount returns the number of groups, including All Users.
func (c *Catalog) GroupCount() int { return c.groupCount }

// GroupValue returns a group's value of an attribute, in force or not.
func (c *Catalog) GroupValue(id directory.GroupID,
	attribute directory.AttributeID) (row directory.GroupValue, ok bool) {
	_, g, ok := c.groups.visible(id)
	if !ok {
		return row, false
	}
	if _, ok := c.attribute(attribute); !ok {
		return row, false
	}
	if i, ok := g.value(attribute); ok {
		return g.values[i].GroupValue, true
	}
	return row, false
}

// RawGroupValue returns a group's value of an attribute even if one of them is marked deleted.
func (c *Catalog) RawGroupValue(id directory.GroupID,
	attribute directory.AttributeID) (row directory.GroupValue, ok bool) {
	i, ok := c.groups.find(id)
	if !ok {
		return row, false
	}
	g := c.groups.at(i)
	if at, ok := g.value(attribute); ok {
		return g.values[at].GroupValue, true
	}
	return row, false
}

// GroupValuesOf yields a group's values by attribute, in force or not.
func (c *Catalog) GroupValuesOf(id directory.GroupID) iter.Seq[directory.GroupValue] {
	return func(yield func(directory.GroupValue) bool) {
		_, g, ok := c.groups.visible(id)
		if !ok {
			return
		}
		for _, v := range g.values {
			if _, ok := c.attribute(v.Attribute); ok && !yield(v.GroupValue) {
				return
			}
		}
	}
}

// GroupValues yields an attribute's group values by rank, in force or not, beginning with rank
// 1.
func (c *Catalog) GroupValues(id directory.AttributeID) iter.Seq[directory.GroupValue] {
	return c.GroupValuesAfter(id, 0)
}

// GroupValuesAfter yields the group values that are weaker than a rank.
func (c *Catalog) GroupValuesAfter(id directory.AttributeID, rank int) iter.Seq[directory.GroupValue] {
	return func(yield func(directory.GroupValue) bool) {
		a, ok := c.attribute(id)
		if !ok {
			return
		}
		for e := range a.order.after(rank) {
			g := c.groups.at(e.group)
			if i, ok := g.value(id); ok && !yield(g.values[i].GroupValue) {
				return
			}
		}
	}
}

// GroupValueCount returns the number of an attribute's group values.
func (c *Catalog) GroupValueCount(id directory.AttributeID) int {
	a, ok := c.attribute(id)
	if !ok {
		return 0
	}
	n := 0
	for _, leaf := range a.order.leaves {
		n += len(leaf.entries)
	}
	return n
}

// LastGroupValue returns an attribute's group value with the weakest rank.
func (c *Catalog) LastGroupValue(id directory.AttributeID) (row directory.GroupValue, ok bool) {
	a, ok := c.attribute(id)
	if !ok || len(a.order.leaves) == 0 {
		return row, false
	}
	entries := a.order.leaves[len(a.order.leaves)-1].entries
	g := c.groups.at(entries[len(entries)-1].group)
	i, ok := g.value(id)
	if !ok {
		return row, false
	}
	return g.values[i].GroupValue, true
}

// RankOf returns the rank of a group's value of an attribute; 1 is the strongest. Values that
// are not in force count, too. ok is false if there is no value.
func (c *Catalog) RankOf(id directory.GroupID, attribute directory.AttributeID) (rank int, ok bool) {
	i, g, ok := c.groups.visible(id)
	if !ok {
		return 0, false
	}
	a, ok := c.attribute(attribute)
	if !ok {
		return 0, false
	}
	at, ok := g.value(attribute)
	if !ok {
		return 0, false
	}
	return a.order.rank(orderEntry{g.values[at].Order, i}), true
}

// Rows yields every row by kind and key, including rows that are marked deleted.
func (c *Catalog) Rows() iter.Seq[directory.Row] {
	return func(yield func(directory.Row) bool) {
		_ = c.groupRows(yield) && c.attributeRows(yield) && c.valueRows(yield) && c.roleRows(yield)
	}
}

func (c *Catalog) groupRows(yield func(directory.Row) bool) bool {
	for i := range c.groups.n {
		if g := c.groups.at(int32(i)); g.exists && !yield(g.row) {
			return false
		}
	}
	for i := range c.groups.n {
		g := c.groups.at(int32(i))
		byParent := slices.Clone(g.parents)
		slices.SortFunc(byParent, func(a, b parent) int { return compareInts(a.group, b.group) })
		for _, p := range byParent {
			if !yield(directory.Nesting{Group: g.id, Parent: c.groups.at(p.group).id, Position: p.position}) {
				return false
			}
		}
	}
	return true
}

func (c *Catalog) attributeRows(yield func(directory.Row) bool) bool {
	for _, a := range c.attrs {
		if a.exists && !yield(a.row) {
			return false
		}
	}
	return true
}

func (c *Catalog) valueRows(yield func(directory.Row) bool) bool {
	for i := range c.groups.n {
		for _, v := range c.groups.at(int32(i)).values {
			if !yield(v.GroupValue) {
				return false
			}
		}
	}
	return true
}

func (c *Catalog) roleRows(yield func(directory.Row) bool) bool {
	for _, s := range c.permissionSets.all() {
		if !yield(s.row) {
			return false
		}
	}
	for _, s := range c.modelSets.all() {
		if !yield(s) {
			return false
		}
	}
	for _, r := range c.roles.all() {
		if !yield(r) {
			return false
		}
	}
	for i := range c.groups.n {
		g := c.groups.at(int32(i))
		for _, role := range g.roles {
			if !yield(directory.GroupRole{Group: g.id, Role: role}) {
				return false
			}
		}
	}
	return true
}
