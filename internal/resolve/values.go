package resolve

import (
	"cohort/internal/directory"
)

// GroupValueAt returns an attribute's group value of a rank, in force or not;
// ok is false if there are not so many.
func (c *Catalog) GroupValueAt(id directory.AttributeID, rank int) (row directory.GroupValue, ok bool) {
	a, ok := c.attribute(id)
	if !ok || rank < 1 {
		return row, false
	}
	for _, leaf := range a.order.leaves {
		if rank > len(leaf.entries) {
			rank -= len(leaf.entries)
			continue
		}
		g := c.groups.at(leaf.entries[rank-1].group)
		i, ok := g.value(id)
		if !ok {
			return row, false
		}
		return g.values[i].GroupValue, true
	}
	return row, false
}

// AllGroupValues returns an attribute's group values, those of groups that are
// marked deleted included, in no particular order. It looks at every group: it
// is for edits of the attribute itself.
func (c *Catalog) AllGroupValues(id directory.AttributeID) []directory.GroupValue {
	var all []directory.GroupValue
	for i := range c.groups.n {
		g := c.groups.at(int32(i))
		if at, ok := g.value(id); ok {
			all = append(all, g.values[at].GroupValue)
		}
	}
	return all
}
