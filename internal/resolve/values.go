package resolve

import (
	"cohort/internal/directory"
)

// GroupValueAt returns an attribute's group value with a rank, in force or not. ok is false if
// there is no such rank.
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

// AllGroupValues returns an attribute's group values, including those of groups that are
// marked deleted, in no particular order. It reads every group, so it is only for edits of the
// attribute itself.
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
