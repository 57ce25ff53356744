package resolve

import (
	"cohort/internal/directory"
)

// Ring returns a *RingError with the groups of a ring if visible groups are nested in one, or
// nil. A catalog with a ring must not be published: its effective values are those of the
// groups alone, without inheritance.
func (c *Catalog) Ring() error {
	if c.ring == 0 {
		return nil
	}
	at, _ := c.groups.find(c.ring)
	return &RingError{Groups: c.ids(c.shortestCycle(at))}
}

// shortestCycle returns the shortest path from a group on a ring to itself.
func (c *Catalog) shortestCycle(to int32) []step {
	steps := c.walkUp([]int32{to}, 0)
	for at, s := range steps {
		for _, p := range c.groups.at(s.group).parents {
			if p.group != to {
				continue
			}
			var way []step
			for i := int32(at); i >= 0; i = steps[i].from {
				way = append([]step{steps[i]}, way...)
			}
			return way
		}
	}
	return steps[:1]
}

// manyNested is the number of changed groups from which examining the whole graph costs less
// than one walk for each.
const manyNested = 32

// findRing decides whether the catalog has a ring. A new ring contains a group that was nested
// or became visible.
func (d *draft) findRing() {
	c := &d.c
	if c.ring != 0 || d.everything || len(d.nested) > manyNested {
		c.ring = c.findCycle()
		return
	}
	for _, i := range d.nested {
		if c.isAbove(i, i) {
			c.ring = c.groups.at(i).id
			return
		}
	}
}

// isAbove reports whether group a is a parent of group b, transitively, and both are visible.
// A group is above itself only on a ring.
func (c *Catalog) isAbove(a, b int32) bool {
	if g := c.groups.at(a); !g.visible() || len(g.children) == 0 || len(c.groups.at(b).parents) == 0 {
		return false
	}
	for _, s := range c.walkUp([]int32{b}, 0) {
		for _, p := range c.groups.at(s.group).parents {
			if p.group == a {
				return true
			}
		}
	}
	return false
}

// findCycle returns a visible group that is its own ancestor, or 0.
func (c *Catalog) findCycle() directory.GroupID {
	// Remove groups without parents until no such group is left.
	left := make([]int32, c.groups.n)
	var free []int32
	for i := range int32(c.groups.n) {
		g := c.groups.at(i)
		if !g.visible() {
			continue
		}
		for _, p := range g.parents {
			if c.groups.at(p.group).visible() {
				left[i]++
			}
		}
		if left[i] == 0 {
			free = append(free, i)
		}
	}
	for at := 0; at < len(free); at++ {
		for _, down := range c.groups.at(free[at]).children {
			if !c.groups.at(down).visible() {
				continue
			}
			if left[down]--; left[down] == 0 {
				free = append(free, down)
			}
		}
	}
	for i, n := range left {
		if n > 0 {
			// It is on a cycle or below one; the first group that repeats on the way up is on
			// it.
			return c.onCycle(int32(i), left)
		}
	}
	return 0
}

func (c *Catalog) onCycle(i int32, left []int32) directory.GroupID {
	seen := c.newSet()
	for seen.add(i) {
		for _, p := range c.groups.at(i).parents {
			if c.groups.at(p.group).visible() && left[p.group] > 0 {
				i = p.group
				break
			}
		}
	}
	return c.groups.at(i).id
}
