package resolve

import (
	"iter"
	"slices"

	"cohort/internal/directory"
)

// findAttribute returns the index of an attribute, or of the first one after it. If no id was
// skipped, the index is the id minus one.
func (c *Catalog) findAttribute(id directory.AttributeID) (int32, bool) {
	if i := int(id) - 1; i >= 0 && i < len(c.attrs) && c.attrs[i].id == id {
		return int32(i), true
	}
	i, found := slices.BinarySearchFunc(c.attrs, id, func(a *attribute, id directory.AttributeID) int {
		return compareInts(a.id, id)
	})
	return int32(i), found
}

// attribute returns a visible attribute.
func (c *Catalog) attribute(id directory.AttributeID) (*attribute, bool) {
	i, ok := c.findAttribute(id)
	if !ok || !c.attrs[i].visible() {
		return nil, false
	}
	return c.attrs[i], true
}

// Attribute returns an attribute; ok is false if it is missing or deleted.
func (c *Catalog) Attribute(id directory.AttributeID) (row directory.Attribute, ok bool) {
	if a, ok := c.attribute(id); ok {
		return a.row, true
	}
	return directory.Attribute{}, false
}

// Definition is Attribute without a copy. The row is shared and must not be changed.
func (c *Catalog) Definition(id directory.AttributeID) (row *directory.Attribute, ok bool) {
	if a, ok := c.attribute(id); ok {
		return &a.row, true
	}
	return nil, false
}

// HasAttributes reports whether all attributes of a list exist.
func (c *Catalog) HasAttributes(ids []directory.AttributeID) bool {
	next := int32(0)
	for _, id := range ids {
		i, ok := c.plan.find(id, next)
		if !ok || c.plan.places[i] < 0 {
			return false
		}
		next = i + 1
	}
	return true
}

// RawAttribute returns an attribute even if it is marked deleted.
func (c *Catalog) RawAttribute(id directory.AttributeID) (row directory.Attribute, ok bool) {
	if i, ok := c.findAttribute(id); ok && c.attrs[i].exists {
		return c.attrs[i].row, true
	}
	return directory.Attribute{}, false
}

// LastAttribute returns the largest id of an attribute that any row names, or 0.
func (c *Catalog) LastAttribute() directory.AttributeID {
	if len(c.attrs) == 0 {
		return 0
	}
	return c.attrs[len(c.attrs)-1].id
}

// AttributeByName returns the attribute of an exact name.
func (c *Catalog) AttributeByName(name string) (row directory.Attribute, ok bool) {
	if i, ok := c.names.get(name); ok {
		return c.attrs[i].row, true
	}
	return directory.Attribute{}, false
}

// Attributes yields the attributes by id.
func (c *Catalog) Attributes() iter.Seq[directory.Attribute] {
	return func(yield func(directory.Attribute) bool) {
		for _, a := range c.attrs {
			if a.visible() && !yield(a.row) {
				return
			}
		}
	}
}

// ensureAttribute returns the index of an attribute, and adds a hole for a new one. A new id
// must be greater than all others; see draftFor.
func (d *draft) ensureAttribute(id directory.AttributeID) int32 {
	i, found := d.c.findAttribute(id)
	if found {
		return i
	}
	d.ownAttrs()
	d.replan = true
	d.c.attrs = slices.Insert(d.c.attrs, int(i), &attribute{generation: d.c.generation, id: id})
	return i
}

func (d *draft) ownAttrs() {
	if !d.ownsAttrs {
		d.c.attrs = slices.Clone(d.c.attrs)
		d.ownsAttrs = true
	}
}

func (d *draft) ownAttribute(i int32) *attribute {
	if d.c.attrs[i].generation != d.c.generation {
		d.ownAttrs()
		a := *d.c.attrs[i]
		a.generation = d.c.generation
		a.order.leaves = slices.Clone(a.order.leaves)
		d.c.attrs[i] = &a
	}
	return d.c.attrs[i]
}

func (d *draft) putAttribute(i int32, row directory.Attribute, exists bool) {
	d.replan = true
	a := d.ownAttribute(i)
	if a.visible() {
		d.cutName(a.row.Name, i)
	}
	was, old := a.visible(), a.row
	a.row, a.exists = row, exists
	if a.visible() {
		d.c.names = d.c.names.with(row.Name, i)
	}
	changed := was != a.visible() || old.Rule != row.Rule || old.Type != row.Type
	if changed && len(a.order.leaves) > 0 {
		d.everything = true
	}
}

// cutName removes a name, unless an earlier write of the same change gave it to another
// attribute.
func (d *draft) cutName(name string, i int32) {
	if at, ok := d.c.names.get(name); ok && at == i {
		d.c.names = d.c.names.without(name)
	}
}

// A plan is the starting point of the answers for all attributes.
type plan struct {
	ids       []directory.AttributeID // by index, including holes
	visible   []directory.AttributeID // ascending
	blank     []directory.Effective   // of visible attributes by id: the default, or nothing
	places    []int32                 // by attribute index: the index of its blank; -1 if it is invisible
	localized bool                    // some default lacks a language
}

func makePlan(attrs []*attribute) plan {
	p := plan{ids: make([]directory.AttributeID, len(attrs)), places: make([]int32, len(attrs))}
	for i, a := range attrs {
		p.ids[i] = a.id
		p.places[i] = -1
		if !a.visible() {
			continue
		}
		place := int32(len(p.blank))
		p.places[i] = place
		e := directory.Effective{Attribute: a.id}
		if !a.id.Computed() && a.row.HasDefault() {
			e = directory.Effective{Attribute: a.id, Origin: directory.OriginDefault, Value: a.row.Default}
			p.localized = p.localized || len(a.row.Default.Texts) > 0
		}
		p.blank = append(p.blank, e)
		p.visible = append(p.visible, a.id)
	}
	return p
}

// find returns the index of an attribute. It tries the expected index first.
func (p *plan) find(id directory.AttributeID, expected int32) (int32, bool) {
	if int(expected) < len(p.ids) && p.ids[expected] == id {
		return expected, true
	}
	i, ok := slices.BinarySearch(p.ids, id)
	return int32(i), ok
}
