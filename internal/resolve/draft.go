package resolve

import (
	"slices"

	"cohort/internal/directory"
)

// A draft is a catalog under construction, based on another. Parts that carry its generation
// were made by it and may be changed in place; all others are shared and are copied before the
// first change.
type draft struct {
	c          Catalog
	ownsSpine  bool
	ownsAttrs  bool
	dirty      []int32 // groups whose effective lists, and those of their descendants, may change
	replan     bool    // attributes have changed
	everything bool    // all effective lists may change
	nested     []int32 // groups that were nested or became visible; a new ring contains one of them
}

func (c *Catalog) draft() *draft {
	d := &draft{c: *c}
	d.c.generation++
	return d
}

// finish returns the catalog. The draft must not be used afterwards.
func (d *draft) finish() *Catalog {
	if d.replan {
		d.c.plan = makePlan(d.c.attrs)
	}
	d.keepSlots()
	d.findRing()
	c := d.c
	return &c
}

// draftFor returns a draft with a place for every group and attribute that the rows name: the
// row, or a hole. Indexes ascend with ids, and so do new ids, so places are usually appended.
// Only rows that return after a purge require rebuilding the catalog.
func (c *Catalog) draftFor(rows []directory.Row) *draft {
	groups, attrs := c.missing(rows)
	d := c.draft()
	if len(groups) > 0 && c.groups.n > 0 && groups[0] < c.groups.idAt(c.groups.n-1) ||
		len(attrs) > 0 && len(c.attrs) > 0 && attrs[0] < c.attrs[len(c.attrs)-1].id {
		d = c.draftWithHoles(groups, attrs)
	}
	for _, id := range groups {
		d.ensureGroup(id)
	}
	for _, id := range attrs {
		d.ensureAttribute(id)
	}
	return d
}

// missing returns the groups and attributes that rows name and that have no place yet,
// ascending.
func (c *Catalog) missing(rows []directory.Row) (groups []directory.GroupID, attrs []directory.AttributeID) {
	group := func(id directory.GroupID) {
		if _, ok := c.groups.find(id); !ok {
			groups = append(groups, id)
		}
	}
	attr := func(id directory.AttributeID) {
		if _, ok := c.findAttribute(id); !ok {
			attrs = append(attrs, id)
		}
	}
	for _, row := range rows {
		switch r := row.(type) {
		case directory.Group:
			group(r.ID)
		case directory.Nesting:
			group(r.Group)
			group(r.Parent)
		case directory.Attribute:
			attr(r.ID)
		case directory.GroupValue:
			group(r.Group)
			attr(r.Attribute)
		case directory.GroupRole:
			group(r.Group)
		}
	}
	slices.Sort(groups)
	slices.Sort(attrs)
	return slices.Compact(groups), slices.Compact(attrs)
}

// draftWithHoles rebuilds the catalog with places for more groups and attributes.
func (c *Catalog) draftWithHoles(groups []directory.GroupID, attrs []directory.AttributeID) *draft {
	groups, attrs = slices.Clone(groups), slices.Clone(attrs)
	for i := range c.groups.n {
		groups = append(groups, c.groups.idAt(i))
	}
	for _, a := range c.attrs {
		attrs = append(attrs, a.id)
	}
	slices.Sort(groups)
	slices.Sort(attrs)
	d := Empty().draft()
	d.c.generation = c.generation + 1
	d.everything = true
	for _, id := range groups {
		d.ensureGroup(id)
	}
	for _, id := range attrs {
		d.ensureAttribute(id)
	}
	for row := range c.Rows() {
		d.put(row)
	}
	return d
}

// put adds a row, or replaces the row with the same key.
func (d *draft) put(row directory.Row) {
	switch r := row.(type) {
	case directory.Group:
		d.putGroup(d.ensureGroup(r.ID), r, true)
	case directory.Nesting:
		d.putNesting(r)
	case directory.Attribute:
		d.putAttribute(d.ensureAttribute(r.ID), r, true)
	case directory.GroupValue:
		d.putValue(r)
	case directory.PermissionSet:
		grants := directory.PermissionsOf(r.Permissions)
		if r.AllAccess {
			grants = directory.AllPermissions
		}
		d.c.permissionSets = d.c.permissionSets.with(r.ID, permissionSet{r, grants})
	case directory.ModelSet:
		d.c.modelSets = d.c.modelSets.with(r.ID, r)
	case directory.Role:
		d.c.roles = d.c.roles.with(r.ID, r)
	case directory.GroupRole:
		d.putRole(r.Group, r.Role)
	}
}

// cut removes the row with a key, if there is one.
func (d *draft) cut(key directory.RowKey) {
	switch key.Kind {
	case directory.RowGroup:
		if i, ok := d.c.groups.find(directory.GroupID(key.A)); ok {
			d.putGroup(i, directory.Group{}, false)
		}
	case directory.RowNesting:
		d.cutNesting(directory.GroupID(key.A), directory.GroupID(key.B))
	case directory.RowAttribute:
		if i, ok := d.c.findAttribute(directory.AttributeID(key.A)); ok {
			d.putAttribute(i, directory.Attribute{}, false)
		}
	case directory.RowGroupValue:
		d.cutValue(directory.GroupID(key.A), directory.AttributeID(key.B))
	case directory.RowPermissionSet:
		d.c.permissionSets = d.c.permissionSets.without(directory.PermissionSetID(key.A))
	case directory.RowModelSet:
		d.c.modelSets = d.c.modelSets.without(directory.ModelSetID(key.A))
	case directory.RowRole:
		d.c.roles = d.c.roles.without(directory.RoleID(key.A))
	case directory.RowGroupRole:
		d.cutRole(directory.GroupID(key.A), directory.RoleID(key.B))
	default: // rows of users are not in the catalog
	}
}

// ensureGroup returns the index of a group, and adds a hole for a new one. A new id must be
// greater than all others; see draftFor.
func (d *draft) ensureGroup(id directory.GroupID) int32 {
	t := &d.c.groups
	if i, ok := t.find(id); ok {
		return i
	}
	d.ownSpine()
	if t.n == len(t.chunks)*chunkSize {
		t.chunks = append(t.chunks, &chunk{generation: d.c.generation, ids: &chunkIDs{generation: d.c.generation}})
	}
	i := int32(t.n)
	t.n++
	c := d.ownChunk(i)
	if c.ids.generation != d.c.generation {
		c.ids = &chunkIDs{d.c.generation, c.ids.list}
	}
	c.ids.list[i%chunkSize] = id
	c.nodes[i%chunkSize] = &group{generation: d.c.generation, id: id}
	return i
}

func (d *draft) ownSpine() {
	if !d.ownsSpine {
		d.c.groups.chunks = slices.Clone(d.c.groups.chunks)
		d.ownsSpine = true
	}
}

func (d *draft) ownChunk(i int32) *chunk {
	d.ownSpine()
	at := &d.c.groups.chunks[i/chunkSize]
	if (*at).generation != d.c.generation {
		c := **at
		c.generation = d.c.generation
		*at = &c
	}
	return *at
}

// own returns group i in a state that may be changed.
func (d *draft) own(i int32) *group {
	if g := d.c.groups.at(i); g.generation == d.c.generation {
		return g
	}
	at := &d.ownChunk(i).nodes[i%chunkSize]
	g := **at
	g.generation = d.c.generation
	g.parents = slices.Clone(g.parents)
	g.children = slices.Clone(g.children)
	g.values = slices.Clone(g.values)
	g.roles = slices.Clone(g.roles)
	*at = &g
	return &g
}

func (d *draft) putGroup(i int32, row directory.Group, exists bool) {
	g := d.own(i)
	was := g.visible()
	g.row, g.exists = row, exists
	is := g.visible()
	if was == is {
		return
	}
	d.dirty = append(d.dirty, i)
	if is {
		d.nested = append(d.nested, i)
		d.c.groupCount++
	} else {
		d.c.groupCount--
	}
	for _, v := range g.values {
		a := d.ownAttribute(d.ensureAttribute(v.Attribute))
		if is {
			a.order.insert(orderEntry{v.Order, i}, d.c.generation)
		} else {
			a.order.remove(orderEntry{v.Order, i}, d.c.generation)
		}
	}
}

func (d *draft) putNesting(r directory.Nesting) {
	child, up := d.ensureGroup(r.Group), d.ensureGroup(r.Parent)
	g := d.own(child)
	g.parents = slices.DeleteFunc(g.parents, func(p parent) bool { return p.group == up })
	p := parent{up, r.Position}
	at, _ := slices.BinarySearchFunc(g.parents, p, func(a, b parent) int {
		if c := compareInts(a.position, b.position); c != 0 {
			return c
		}
		return compareInts(a.group, b.group)
	})
	g.parents = slices.Insert(g.parents, at, p)
	d.dirty = append(d.dirty, child)
	if i, found := slices.BinarySearch(d.c.groups.at(up).children, child); !found {
		d.nested = append(d.nested, child)
		of := d.own(up)
		of.children = slices.Insert(of.children, i, child)
	}
}

func (d *draft) cutNesting(id, parentID directory.GroupID) {
	child, ok := d.c.groups.find(id)
	up, okUp := d.c.groups.find(parentID)
	if !ok || !okUp {
		return
	}
	g := d.own(child)
	g.parents = slices.DeleteFunc(g.parents, func(p parent) bool { return p.group == up })
	of := d.own(up)
	of.children = slices.DeleteFunc(of.children, func(c int32) bool { return c == child })
	d.dirty = append(d.dirty, child)
}

func (d *draft) putValue(r directory.GroupValue) {
	i := d.ensureGroup(r.Group)
	attr := d.ensureAttribute(r.Attribute)
	g := d.own(i)
	at, found := g.value(r.Attribute)
	v := &groupValue{r, [1]directory.GroupID{r.Group}}
	moved := !found || g.values[at].Order != r.Order
	switch {
	case !found:
		g.values = slices.Insert(g.values, at, v)
	default:
		if g.visible() && moved {
			d.ownAttribute(attr).order.remove(orderEntry{g.values[at].Order, i}, d.c.generation)
		}
		g.values[at] = v
	}
	if g.visible() && moved {
		d.ownAttribute(attr).order.insert(orderEntry{r.Order, i}, d.c.generation)
	}
	d.dirty = append(d.dirty, i)
}

func (d *draft) cutValue(id directory.GroupID, attribute directory.AttributeID) {
	i, ok := d.c.groups.find(id)
	if !ok {
		return
	}
	at, found := d.c.groups.at(i).value(attribute)
	if !found {
		return
	}
	g := d.own(i)
	if g.visible() {
		a := d.ownAttribute(d.ensureAttribute(attribute))
		a.order.remove(orderEntry{g.values[at].Order, i}, d.c.generation)
	}
	g.values = slices.Delete(g.values, at, at+1)
	d.dirty = append(d.dirty, i)
}

func (d *draft) putRole(id directory.GroupID, role directory.RoleID) {
	i := d.ensureGroup(id)
	at, found := slices.BinarySearch(d.c.groups.at(i).roles, role)
	if found {
		return
	}
	g := d.own(i)
	g.roles = slices.Insert(g.roles, at, role)
	holders, _ := d.c.roleGroups.get(role)
	at, _ = slices.BinarySearch(holders, id)
	d.c.roleGroups = d.c.roleGroups.with(role, slices.Insert(slices.Clip(holders), at, id))
}

func (d *draft) cutRole(id directory.GroupID, role directory.RoleID) {
	i, ok := d.c.groups.find(id)
	if !ok {
		return
	}
	g := d.own(i)
	g.roles = slices.DeleteFunc(g.roles, func(r directory.RoleID) bool { return r == role })
	holders, _ := d.c.roleGroups.get(role)
	left := slices.DeleteFunc(slices.Clone(holders), func(g directory.GroupID) bool { return g == id })
	if len(left) == 0 {
		d.c.roleGroups = d.c.roleGroups.without(role)
		return
	}
	d.c.roleGroups = d.c.roleGroups.with(role, left)
}
