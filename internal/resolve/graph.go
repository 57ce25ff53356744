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

// Children returns the groups that are directly in a group, by id. All Users
// has none: nobody is in it directly.
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

// Descendants returns the groups that are in a group, transitively, nearest first
// and each once. For All Users it returns every other group, by id.
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

// IsAncestor reports whether a group is a parent of another, transitively. All
// Users is an ancestor of every other group; no group is its own.
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

// PathLength returns how many groups are on the longest path through a group,
// both ends included and All Users not counted: 1 if it is nested nowhere and
// nothing in it. It is what directory.MaxNestingDepth limits.
func (c *Catalog) PathLength(id directory.GroupID) int {
	return c.DepthAbove(id) + 1 + c.DepthBelow(id)
}

// PathLengthIn returns how many groups would be on the longest path through a
// group and a parent of it, if it were nested in that parent.
func (c *Catalog) PathLengthIn(id, parent directory.GroupID) int {
	return c.DepthAbove(parent) + 1 + 1 + c.DepthBelow(id)
}

// DepthAbove returns how many groups are above a group on the longest path, All
// Users not counted: 0 for a root, and the number of all groups in a catalog
// that has a ring.
func (c *Catalog) DepthAbove(id directory.GroupID) int {
	return c.depth(id, (*group).up)
}

// DepthBelow returns how many groups are below a group on the longest path: 0
// if none is nested in it.
func (c *Catalog) DepthBelow(id directory.GroupID) int {
	return c.depth(id, (*group).down)
}

// LongestPath returns the length of the longest path, as PathLength counts it,
// and the group that it ends with.
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

// longest returns a function that counts the groups behind one on the longest
// way, and remembers what it has counted.
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

// A step is a group that a walk up the parents came to.
type step struct {
	group    int32
	distance int
	from     int32 // the step that led here; -1 at the start
}

// walkUp returns the groups of a list and all their ancestors, All Users
// excluded, each once and nearest first: in the order of the list and of the
// parents' positions. The groups of the list have the given distance. Invisible
// groups are passed over.
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

// add reports whether i was not in the set before.
func (s groupSet) add(i int32) bool {
	word, bit := &s[i/64], uint64(1)<<(i%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}
