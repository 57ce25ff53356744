package resolve

import (
	"cohort/internal/directory"
)

// Nestings returns the nestings of a group in visible parents, by position.
func (c *Catalog) Nestings(id directory.GroupID) []directory.Nesting {
	_, g, ok := c.groups.visible(id)
	if !ok {
		return nil
	}
	var list []directory.Nesting
	for _, p := range g.parents {
		if up := c.groups.at(p.group); up.visible() {
			list = append(list, directory.Nesting{Group: id, Parent: up.id, Position: p.position})
		}
	}
	return list
}

// Parents returns the groups that a group is directly in, by position, without
// All Users.
func (c *Catalog) Parents(id directory.GroupID) []directory.GroupID {
	_, g, ok := c.groups.visible(id)
	if !ok {
		return nil
	}
	var list []directory.GroupID
	for _, p := range g.parents {
		if up := c.groups.at(p.group); up.visible() {
			list = append(list, up.id)
		}
	}
	return list
}

// Children returns the groups directly in a group, by id. All Users has none, because no group
// is directly in it.
func (c *Catalog) Children(id directory.GroupID) []directory.GroupID {
	_, g, ok := c.groups.visible(id)
	if !ok {
		return nil
	}
	var list []directory.GroupID
	for _, i := range g.children {
		if down := c.groups.at(i); down.visible() {
			list = append(list, down.id)
		}
	}
	return list
}

// Ancestors returns the parents of a group, transitively, nearest first and
// each once, without All Users.
func (c *Catalog) Ancestors(id directory.GroupID) []directory.GroupID {
	i, _, ok := c.groups.visible(id)
	if !ok || id == directory.AllUsers {
		return nil
	}
	return c.ids(c.walkUp([]int32{i}, 0))[1:]
}

// Descendants returns the groups in a group, transitively, nearest first and each once. For
// All Users it returns every other group by id.
func (c *Catalog) Descendants(id directory.GroupID) []directory.GroupID {
	i, _, ok := c.groups.visible(id)
	if !ok {
		return nil
	}
	var list []directory.GroupID
	if id == directory.AllUsers {
		for g := range c.Groups() {
			if g.ID != id {
				list = append(list, g.ID)
			}
		}
		return list
	}
	seen := c.newSet()
	seen.add(i)
	queue := []int32{i}
	for at := 0; at < len(queue); at++ {
		for _, down := range c.groups.at(queue[at]).children {
			if g := c.groups.at(down); g.visible() && seen.add(down) {
				queue = append(queue, down)
				list = append(list, g.id)
			}
		}
	}
	return list
}

// IsAncestor reports whether a group is a parent of another, transitively. All Users is an
// ancestor of every other group. No group is an ancestor of itself.
func (c *Catalog) IsAncestor(a, of directory.GroupID) bool {
	from, _, ok := c.groups.visible(of)
	to, _, okTo := c.groups.visible(a)
	switch {
	case !ok || !okTo || a == of || of == directory.AllUsers:
		return false
	case a == directory.AllUsers:
		return true
	}
	for _, s := range c.walkUp([]int32{from}, 0) {
		if s.group == to {
			return true
		}
	}
	return false
}

// PathLength returns the number of groups on the longest path through a group, without All
// Users: 1 if it has neither parents nor children. directory.MaxNestingDepth limits it.
func (c *Catalog) PathLength(id directory.GroupID) int {
	return c.DepthAbove(id) + 1 + c.DepthBelow(id)
}

// PathLengthIn returns the number of groups on the longest path through a group and its new
// parent.
func (c *Catalog) PathLengthIn(id, parent directory.GroupID) int {
	return c.DepthAbove(parent) + 1 + 1 + c.DepthBelow(id)
}

// DepthAbove returns the number of groups above a group on the longest path, without All
// Users: 0 for a root. In a catalog with a ring it is the number of all groups.
func (c *Catalog) DepthAbove(id directory.GroupID) int {
	return c.depth(id, (*group).up)
}

// DepthBelow returns the number of groups below a group on the longest path: 0 if it has no
// children.
func (c *Catalog) DepthBelow(id directory.GroupID) int {
	return c.depth(id, (*group).down)
}

// LongestPath returns the length of the longest path, as PathLength does, and the group at its
// end.
func (c *Catalog) LongestPath() (n int, end directory.GroupID) {
	above := c.longest((*group).up)
	for g := range c.Groups() {
		if i, _, _ := c.groups.visible(g.ID); 1+above(i) > n {
			n, end = 1+above(i), g.ID
		}
	}
	return n, end
}

func (c *Catalog) depth(id directory.GroupID, next func(*group, func(int32))) int {
	i, _, ok := c.groups.visible(id)
	if !ok {
		return 0
	}
	return c.longest(next)(i)
}

// longest returns a function that returns the length of the longest path that begins at a
// group, and remembers it.
func (c *Catalog) longest(next func(*group, func(int32))) func(i int32) int {
	if c.ring != 0 {
		return func(int32) int { return c.groups.n } // no path ends
	}
	known := map[int32]int{}
	var longest func(i int32) int
	longest = func(i int32) int {
		if n, ok := known[i]; ok {
			return n
		}
		n := 0
		next(c.groups.at(i), func(j int32) {
			if c.groups.at(j).visible() {
				n = max(n, 1+longest(j))
			}
		})
		known[i] = n
		return n
	}
	return longest
}

func (g *group) up(yield func(int32)) {
	for _, p := range g.parents {
		yield(p.group)
	}
}

func (g *group) down(yield func(int32)) {
	for _, i := range g.children {
		yield(i)
	}
}

// A step is a group that a walk up the parents reached.
type step struct {
	group    int32
	distance int
	from     int32 // the step before; -1 at the start
}

// walkUp returns the groups of a list and all their ancestors without All Users, each once and
// nearest first: in the order of the list and of the parents' positions. The groups of the
// list have the given distance. It skips invisible groups.
func (c *Catalog) walkUp(from []int32, distance int) []step {
	seen := c.newSet()
	steps := make([]step, 0, 4*len(from))
	for _, i := range from {
		if g := c.groups.at(i); g.visible() && g.id != directory.AllUsers && seen.add(i) {
			steps = append(steps, step{i, distance, -1})
		}
	}
	for at := 0; at < len(steps); at++ {
		for _, p := range c.groups.at(steps[at].group).parents {
			if g := c.groups.at(p.group); g.visible() && g.id != directory.AllUsers && seen.add(p.group) {
				steps = append(steps, step{p.group, steps[at].distance + 1, int32(at)})
			}
		}
	}
	return steps
}

func (c *Catalog) ids(steps []step) []directory.GroupID {
	list := make([]directory.GroupID, len(steps))
	for i, s := range steps {
		list[i] = c.groups.at(s.group).id
	}
	return list
}

// A groupSet is a set of groups by index.
type groupSet []uint64

func (c *Catalog) newSet() groupSet { return make(groupSet, (c.groups.n+63)/64) }

// add adds i and reports whether it was not in the set.
func (s groupSet) add(i int32) bool {
	word, bit := &s[i/64], uint64(1)<<(i%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}
