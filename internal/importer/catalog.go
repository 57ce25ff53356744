package importer

import (
	"cmp"
	"maps"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/working"
)

// A catalogCheck is what is known about the catalog of an import while it is read.
type catalogCheck struct {
	*baselineReader
	stored  map[directory.RowKey]directory.Row // stored already
	names   map[[2]string]bool                 // unique names, by kind
	values  map[directory.ValueID]bool
	orders  map[[2]int64]bool // attribute and order key
	parents map[directory.GroupID]int
	all     []directory.Row
}

// catalog reads the rows of the catalog, checks them as a whole, and then cuts them into
// parts. A catalog fits into memory.
func (b *baselineReader) catalog(c *core.Core) error {
	check := &catalogCheck{
		baselineReader: b, stored: map[directory.RowKey]directory.Row{}, names: map[[2]string]bool{},
		values: map[directory.ValueID]bool{}, orders: map[[2]int64]bool{}, parents: map[directory.GroupID]int{},
	}
	if err := c.Read(b.ctx, func(r store.Reader) error { return check.readStored(r) }); err != nil {
		return err
	}
	var last directory.RowKey
	for b.rows.row != nil && b.rows.key.Kind.InCatalog() {
		if cmp.Or(cmp.Compare(last.Kind, b.rows.key.Kind), directory.CompareRowKeys(last, b.rows.key)) >= 0 &&
			last.Kind != 0 {
			return b.rows.wrong(errOrder)
		}
		last = b.rows.key
		row, err := check.row(b.rows.row)
		if err != nil {
			return b.rows.wrong(err)
		}
		check.all = append(check.all, row)
		if err := b.rows.advance(); err != nil {
			return err
		}
	}
	if err := check.whole(); err != nil {
		return err
	}
	return check.cut()
}

// readStored reads what every directory has, and what an earlier run of the import stored.
func (k *catalogCheck) readStored(r store.Reader) error {
	for _, kind := range directory.RowKinds() {
		if !kind.InCatalog() {
			continue
		}
		err := r.Scan(k.ctx, kind, func(row directory.Row) error {
			k.stored[row.Key()] = row
			if objects := row.Objects(); len(objects) == 1 {
				k.objects[objects[0]] = true
			}
			if a, ok := row.(directory.Attribute); ok {
				k.attrs[a.ID] = a
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// row checks a row of the catalog and returns it as it is stored.
func (k *catalogCheck) row(row directory.Row) (directory.Row, error) {
	var err error
	switch r := row.(type) {
	case directory.Group:
		err = k.group(&r)
		row = r
	case directory.Nesting:
		err = k.nesting(&r)
	case directory.Attribute:
		err = k.attribute(&r)
		row = r
	case directory.GroupValue:
		err = k.groupValue(&r)
	case directory.PermissionSet:
		err = k.permissionSet(&r)
		row = r
	case directory.ModelSet:
		err = k.modelSet(&r)
		row = r
	case directory.Role:
		err = k.role(&r)
		row = r
	case directory.GroupRole:
		err = k.groupRole(&r)
	}
	if objects := row.Objects(); err == nil && len(objects) == 1 {
		k.objects[objects[0]] = true
	}
	return row, err
}

// whole checks what no single row shows: cycles and depth.
func (k *catalogCheck) whole() error {
	rows := make(map[directory.RowKey]directory.Row, len(k.stored)+len(k.all))
	maps.Copy(rows, k.stored)
	for _, row := range k.all {
		rows[row.Key()] = row
	}
	catalog, err := resolve.Build(func(yield func(directory.Row) error) error {
		for _, row := range rows {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return &directory.Error{Kind: directory.KindInvalid, Code: directory.CodeCycle,
			Msg: "the groups cannot be nested so: " + err.Error()}
	}
	if n, id := catalog.LongestPath(); n > directory.MaxNestingDepth {
		return directory.Invalid("group", "%d would be part of %d groups inside each other; the most is %d", id, n,
			directory.MaxNestingDepth)
	}
	return nil
}

// cut cuts the catalog into parts.
func (k *catalogCheck) cut() error {
	for i, row := range k.all {
		n := int64(i + 1)
		if n > k.skip {
			before := k.stored[row.Key()]
			if !working.SameRow(before, row) {
				if err := k.room(1); err != nil {
					return err
				}
				k.part.writes = append(k.part.writes, directory.RowWrite{Before: before, After: row})
				if row.Key().Kind == directory.RowGroup && before == nil {
					k.part.groups++
				}
			}
		}
		k.part.through = n
	}
	k.all, k.stored = nil, nil
	return nil
}

func (k *catalogCheck) group(g *directory.Group) (err error) {
	if g.DeletedRev != 0 {
		return errMarked
	}
	if err := checkChosenID(g.ID); err != nil {
		return err
	}
	if g.Name, err = directory.ParseName("name", g.Name); err != nil {
		return err
	}
	if g.Description, err = directory.ParseDescription("description", g.Description); err != nil {
		return err
	}
	if have, ok := k.stored[g.Key()].(directory.Group); ok && g.ID == directory.AllUsers && g.Name != have.Name {
		return directory.Protected("name", "of All Users must be %s", have.Name)
	}
	g.Language, err = directory.ParseLanguage("language", string(g.Language))
	return err
}

func (k *catalogCheck) nesting(n *directory.Nesting) error {
	switch {
	case n.Group == directory.AllUsers || n.Parent == directory.AllUsers:
		return directory.Invalid("group", "cannot be nested in or be All Users, in which every group is")
	case !k.objects[n.Group.Object()]:
		return directory.NotFound("group", n.Group)
	case !k.objects[n.Parent.Object()]:
		return directory.NotFound("group", n.Parent)
	}
	if k.parents[n.Group]++; k.parents[n.Group] > directory.MaxParents {
		return directory.Invalid("group", "is in more than %d groups, the most that are possible", directory.MaxParents)
	}
	return checkPlace("position", n.Position)
}

func (k *catalogCheck) attribute(a *directory.Attribute) (err error) {
	if a.DeletedRev != 0 {
		return errMarked
	}
	if err := checkChosenID(a.ID); err != nil {
		return err
	}
	if a.Name, err = directory.ParseAttributeName("name", a.Name); err != nil {
		return err
	}
	if a.Label, err = directory.ParseRequiredName("label", a.Label); err != nil {
		return err
	}
	if a.Description, err = directory.ParseDescription("description", a.Description); err != nil {
		return err
	}
	if err := directory.ParseKind(a); err != nil {
		return err
	}
	if a.HasDefault() {
		if err := k.value("default", a, a.Default); err != nil {
			return err
		}
	}
	a.UserCanView = a.UserCanView || a.UserCanEdit
	if err := k.builtInAttribute(a); err != nil {
		return err
	}
	k.attrs[a.ID] = *a
	return k.unique("attribute", a.Name)
}

// builtInAttribute allows only changes of built-in attributes that an edit could have made.
func (k *catalogCheck) builtInAttribute(a *directory.Attribute) error {
	if a.ID >= directory.FirstCustomAttribute {
		if a.System || a.Permanent {
			return directory.Invalid("permanent", "is possible for built-in attributes only")
		}
		return nil
	}
	for _, is := range plan.BuiltInAttributes() {
		if is.ID != a.ID {
			continue
		}
		is.CreatedAt = a.CreatedAt
		if is.System != a.System || is.Permanent != a.Permanent || is.System && !working.SameRow(is, *a) {
			return directory.Protected("attribute", "%s is built in and must be as it is everywhere", is.Name)
		}
		return plan.ProtectAttribute(&is, a)
	}
	return directory.Invalid("id", "is reserved for built-in attributes")
}

func (k *catalogCheck) groupValue(v *directory.GroupValue) error {
	a, ok := k.attrs[v.Attribute]
	order := [2]int64{int64(v.Attribute), v.Order}
	switch {
	case !ok:
		return directory.NotFound("attribute", v.Attribute)
	case a.ID.Computed():
		return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
	case !k.objects[v.Group.Object()]:
		return directory.NotFound("group", v.Group)
	case k.values[v.ID]:
		return directory.Taken("id", "belongs to another value before")
	case k.orders[order]:
		return directory.Taken("order", "is that of another value of the attribute")
	}
	k.values[v.ID], k.orders[order] = true, true
	if err := giveID(&k.next.Value, v.ID); err != nil {
		return err
	}
	if _, err := directory.ParseWindow(v.StartsAt, v.ExpiresAt); err != nil {
		return err
	}
	if err := checkPlace("order", v.Order); err != nil {
		return err
	}
	return k.value("value", &a, v.Value)
}

func (k *catalogCheck) permissionSet(s *directory.PermissionSet) (err error) {
	if s.Permissions, err = plan.ParseNames("permissions", s.Permissions); err != nil {
		return err
	}
	s.Name, err = k.named(s.Name, *s, s.BuiltIn, s.ID == directory.AdminPermissionSet)
	if err != nil {
		return err
	}
	return giveID(&k.next.PermissionSet, s.ID)
}

func (k *catalogCheck) modelSet(s *directory.ModelSet) (err error) {
	if s.Models, err = plan.ParseNames("models", s.Models); err != nil {
		return err
	}
	s.Name, err = k.named(s.Name, *s, s.BuiltIn, s.ID == directory.AllModels)
	if err != nil {
		return err
	}
	return giveID(&k.next.ModelSet, s.ID)
}

func (k *catalogCheck) role(r *directory.Role) (err error) {
	switch {
	case !k.objects[r.PermissionSet.Object()]:
		return directory.NotFound("permission_set", r.PermissionSet)
	case !k.objects[r.ModelSet.Object()]:
		return directory.NotFound("model_set", r.ModelSet)
	}
	r.Name, err = k.named(r.Name, *r, r.BuiltIn, r.ID == directory.AdminRole)
	if err != nil {
		return err
	}
	return giveID(&k.next.Role, r.ID)
}

// named checks the name of a role or set, and that a built-in one is unchanged.
func (k *catalogCheck) named(name string, row directory.Row, builtIn, must bool) (string, error) {
	name, err := directory.ParseRequiredName("name", name)
	switch {
	case err != nil:
		return name, err
	case builtIn != must, builtIn && !working.SameRow(row, k.stored[row.Key()]):
		return name, directory.Protected(row.Key().Kind.String(), "%s: what is built in must be as it is everywhere", name)
	}
	return name, k.unique(row.Key().Kind.String(), directory.Fold(name))
}

// unique refuses a name that a row of the same kind already has.
func (k *catalogCheck) unique(what, name string) error {
	key := [2]string{what, name}
	if k.names[key] {
		return directory.Taken("name", "is that of another %s before", what)
	}
	k.names[key] = true
	return nil
}

func (k *catalogCheck) groupRole(r *directory.GroupRole) error {
	switch {
	case r.Group == directory.AllUsers:
		return directory.Forbidden("All Users cannot be given roles")
	case !k.objects[r.Group.Object()]:
		return directory.NotFound("group", r.Group)
	case !k.objects[r.Role.Object()]:
		return directory.NotFound("role", r.Role)
	}
	return nil
}
