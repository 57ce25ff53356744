package resolve

import (
	"slices"
	"sync/atomic"

	"cohort/internal/directory"
)

// An effective list is what a group hands down: the group values of every attribute, its own
// and those of its ancestors, that can be the answer for a user who is in this group only, by
// attribute and then strongest first. Only the list of All Users contains the values of All
// Users. No list contains defaults.
//
// A list is made when it is first needed, and stays in the group's slot until a change may
// affect it. In a catalog with a ring it consists of the group's own values. Catalogs share
// slots as they share groups, and clear a slot by replacing it.
type slot struct {
	state atomic.Int32 // empty, then making, then made
	list  []entry      // once it is made
}

const (
	making = iota + 1
	made
)

// An entry is a group value in an effective list. What decides stands beside the value, so
// that values that do not win are not read.
type entry struct {
	order int64
	value *groupValue
	attr  int32 // index of the attribute
	class uint16
	flags entryFlags
}

type entryFlags uint8

const (
	conditional entryFlags = 1 << iota // has a window or texts by language: check it before use
	byClass                            // the rule looks at the class before the rank
	byValue                            // the rule is min or max: compare values first
	gathered                           // the rule is union: all count
)

func (e *entry) strength() strength { return strength{e.class, e.order, e.value.Group} }

// A slotChunk holds the slots of a run of groups. Only the draft that made it may change it.
type slotChunk [chunkSize]*slot

// list returns a group's effective list, and makes it first if necessary. The list of an
// invisible group is empty. Two goroutines that make a list at once make equal ones, and one
// is stored.
func (c *Catalog) list(i int32) []entry {
	s := c.slotOf(i)
	if s.state.Load() == made {
		return s.list
	}
	l := c.makeList(i)
	if s.state.CompareAndSwap(0, making) {
		s.list = l
		s.state.Store(made)
	}
	return l
}

func (c *Catalog) slotOf(i int32) *slot { return c.slots[uint32(i)/chunkSize][uint32(i)%chunkSize] }

func (c *Catalog) makeList(i int32) []entry {
	g := c.groups.at(i)
	var all []entry
	switch {
	case !g.visible():
		return nil
	case g.id == directory.AllUsers:
		all = c.ownEntries(all, g, allUsersClass)
	default:
		all = c.ownEntries(all, g, 0)
		if c.ring != 0 {
			break // no walk up would end
		}
		for _, p := range g.parents {
			if c.groups.at(p.group).id != directory.AllUsers {
				all = c.inherit(all, c.list(p.group))
			}
		}
	}
	slices.SortFunc(all, func(x, y entry) int {
		if x.attr != y.attr {
			return compareInts(x.attr, y.attr)
		}
		return c.compareEntries(&x, &y)
	})
	return prune(all)
}

func (c *Catalog) ownEntries(dst []entry, g *group, distance uint16) []entry {
	for _, v := range g.values {
		attr, ok := c.findAttribute(v.Attribute)
		if !ok || !c.attrs[attr].visible() {
			continue
		}
		a := &c.attrs[attr].row
		e := entry{order: v.Order, value: v, attr: attr, class: class(a.Rule, distance, v.Value.Text)}
		if !v.Always() || len(v.Value.Texts) > 0 {
			e.flags |= conditional
		}
		switch spec := a.Rule.Spec(); {
		case spec.ByDistance || spec.Decides != nil:
			e.flags |= byClass
		case spec.Extreme != directory.NoExtreme:
			e.flags |= byValue
		case spec.Gathers:
			e.flags |= gathered
		}
		dst = append(dst, e)
	}
	return dst
}

// inherit appends the entries of a parent's list, one step farther away.
func (c *Catalog) inherit(dst []entry, l []entry) []entry {
	for _, e := range l {
		if e.flags&byClass != 0 && c.attrs[e.attr].row.Rule.Spec().ByDistance {
			e.class++
		}
		dst = append(dst, e)
	}
	return dst
}

// prune removes duplicates from sorted entries, and entries that can never be the answer
// because a stronger one is always in force, in every language.
func prune(all []entry) []entry {
	kept := make([]entry, 0, len(all))
	first := 0 // of the entries of the same attribute
	for _, e := range all {
		if first < len(kept) && kept[first].attr != e.attr {
			first = len(kept)
		}
		if !slices.ContainsFunc(kept[first:], func(k entry) bool { return k.covers(&e) }) {
			kept = append(kept, e)
		}
	}
	return slices.Clip(kept)
}

// covers reports whether e, which is not weaker, always beats another.
func (e *entry) covers(other *entry) bool {
	switch {
	case e.value == other.value:
		return true
	case e.flags&gathered != 0:
		return false
	case e.flags&conditional == 0:
		return true
	}
	v, w := e.value, other.value
	if !v.Always() || len(w.Value.Texts) == 0 {
		return false
	}
	for _, t := range w.Value.Texts {
		if _, ok := v.Value.In(t.Language); !ok {
			return false
		}
	}
	return true
}

// compareEntries compares entries of one attribute. A negative result means that x is
// stronger.
func (c *Catalog) compareEntries(x, y *entry) int {
	if x.value == y.value && x.class == y.class {
		return 0
	}
	if x.flags&byValue != 0 {
		a := &c.attrs[x.attr].row
		if r := extreme(a, x.value.Value.Text, y.value.Value.Text); r != 0 {
			return r
		}
	}
	return x.strength().compare(y.strength())
}

// keepSlots gives the catalog the slots of its predecessor, except where a change may affect
// the list.
func (d *draft) keepSlots() {
	old := d.c.slots
	d.c.slots = make([]*slotChunk, len(d.c.groups.chunks))
	kept := copy(d.c.slots, old)
	if d.everything || d.c.ring != 0 || len(d.dirty) > d.c.groups.n/4 {
		kept = 0
	}
	for i := kept; i < len(d.c.slots); i++ {
		d.c.slots[i] = new(slotChunk)
		for j := range d.c.slots[i] {
			d.c.slots[i][j] = new(slot)
		}
	}
	if kept == 0 {
		return
	}
	for i := range d.below(d.dirty) {
		at := i / chunkSize
		if int(at) >= kept {
			continue
		}
		if d.c.slots[at] == old[at] {
			own := *old[at]
			d.c.slots[at] = &own
		}
		d.c.slots[at][i%chunkSize] = new(slot)
	}
}

// below yields groups and everything nested in them, visible or not, each once: a group that
// no longer sees a value is still below its group.
func (d *draft) below(from []int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		seen := d.c.newSet()
		queue := slices.Clone(from)
		for len(queue) > 0 {
			i := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			if !seen.add(i) {
				continue
			}
			if !yield(i) {
				return
			}
			queue = append(queue, d.c.groups.at(i).children...)
		}
	}
}
