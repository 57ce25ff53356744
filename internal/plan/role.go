package plan

import (
	"slices"

	"cohort/internal/directory"
)

// ParseNames cleans a list of permissions or models: sorted, without repeats.
func ParseNames(field string, names []string) ([]string, error) {
	if n := len(names); n > directory.MaxPermissionSet {
		return nil, directory.TooLong(field, "has %d entries; the most is %d", n, directory.MaxPermissionSet)
	}
	out := make([]string, 0, len(names))
	for _, name := range names {
		name, err := directory.ParseRequiredName(field, name)
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	if len(out) == 0 {
		return nil, nil // as stores return an empty list
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// parseRoleName cleans the name of a role or set, which must be its own.
func (p *Planner) parseRoleName(name string, row directory.Row, index directory.Index) (string, error) {
	name, err := directory.ParseRequiredName("name", name)
	if err != nil {
		return "", err
	}
	key := directory.IndexKey{Index: index, Text: [2]string{directory.Fold(name)}}
	if _, taken, err := p.Find(key, row.Key()); err != nil {
		return "", err
	} else if taken {
		return "", directory.Taken("name", "is taken")
	}
	return name, nil
}

func (p *Planner) createPermissionSet(e directory.CreatePermissionSet) (directory.Result, error) {
	id, err := take(&p.Head.Next.PermissionSet, "permission set")
	if err != nil {
		return directory.Result{}, err
	}
	return made(id), p.putPermissionSet(directory.PermissionSet{ID: id, Name: e.Name, Permissions: e.Permissions})
}

func (p *Planner) updatePermissionSet(e directory.UpdatePermissionSet) error {
	s, ok := p.Catalog.PermissionSet(e.PermissionSet)
	if !ok {
		return directory.NotFound("permission_set", e.PermissionSet)
	}
	set(&s.Name, e.Name)
	set(&s.Permissions, e.Permissions)
	return p.putPermissionSet(s)
}

func (p *Planner) putPermissionSet(s directory.PermissionSet) (err error) {
	if s.Name, err = p.parseRoleName(s.Name, s, directory.ByPermissionSetName); err != nil {
		return err
	}
	if s.Permissions, err = ParseNames("permissions", s.Permissions); err != nil {
		return err
	}
	return p.Put(s)
}

func (p *Planner) createModelSet(e directory.CreateModelSet) (directory.Result, error) {
	id, err := take(&p.Head.Next.ModelSet, "model set")
	if err != nil {
		return directory.Result{}, err
	}
	return made(id), p.putModelSet(directory.ModelSet{ID: id, Name: e.Name, Models: e.Models})
}

func (p *Planner) updateModelSet(e directory.UpdateModelSet) error {
	s, ok := p.Catalog.ModelSet(e.ModelSet)
	if !ok {
		return directory.NotFound("model_set", e.ModelSet)
	}
	set(&s.Name, e.Name)
	set(&s.Models, e.Models)
	return p.putModelSet(s)
}

func (p *Planner) putModelSet(s directory.ModelSet) (err error) {
	if s.Name, err = p.parseRoleName(s.Name, s, directory.ByModelSetName); err != nil {
		return err
	}
	if s.Models, err = ParseNames("models", s.Models); err != nil {
		return err
	}
	return p.Put(s)
}

// deleteSet removes a permission set or model set that no role uses.
func (p *Planner) deleteSet(o directory.Object) error {
	if err := p.requireObject(o); err != nil {
		return err
	}
	if r, used := p.Catalog.RoleWith(o); used {
		return directory.Protected(o.Kind.String(), "is used by the role %q", r.Name)
	}
	kind := directory.RowPermissionSet
	if o.Kind == directory.ObjectModelSet {
		kind = directory.RowModelSet
	}
	return p.Remove(directory.RowKey{Kind: kind, A: o.ID})
}

func (p *Planner) createRole(e directory.CreateRole) (directory.Result, error) {
	id, err := take(&p.Head.Next.Role, "role")
	if err != nil {
		return directory.Result{}, err
	}
	r := directory.Role{ID: id, Name: e.Name, PermissionSet: e.PermissionSet, ModelSet: e.ModelSet}
	return made(id), p.putRole(r)
}

func (p *Planner) updateRole(e directory.UpdateRole) error {
	r, ok := p.Catalog.Role(e.Role)
	if !ok {
		return directory.NotFound("role", e.Role)
	}
	set(&r.Name, e.Name)
	set(&r.PermissionSet, e.PermissionSet)
	set(&r.ModelSet, e.ModelSet)
	return p.putRole(r)
}

func (p *Planner) putRole(r directory.Role) (err error) {
	if r.Name, err = p.parseRoleName(r.Name, r, directory.ByRoleName); err != nil {
		return err
	}
	if _, ok := p.Catalog.PermissionSet(r.PermissionSet); !ok {
		return directory.Invalid("permission_set_id", "names no permission set")
	}
	if _, ok := p.Catalog.ModelSet(r.ModelSet); !ok {
		return directory.Invalid("model_set_id", "names no model set")
	}
	return p.Put(r)
}

func (p *Planner) deleteRole(e directory.DeleteRole) error {
	r, ok := p.Catalog.Role(e.Role)
	if !ok {
		return directory.NotFound("role", e.Role)
	}
	// Groups that are marked deleted go back without it if they are restored.
	for _, g := range p.Catalog.RawRoleGroups(r.ID) {
		if err := p.Remove(directory.GroupRole{Group: g, Role: r.ID}.Key()); err != nil {
			return err
		}
	}
	var holders []directory.RowKey
	err := p.RowsOf(directory.RowUserRole, r.ID.Object(), func(row directory.Row) (bool, error) {
		holders = append(holders, row.Key())
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, key := range holders {
		if err := p.Remove(key); err != nil {
			return err
		}
	}
	return p.Remove(r.Key())
}

func (p *Planner) setUserRoles(e directory.SetUserRoles) error {
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	return p.setRoles(rows.Roles, e.Roles, func(id directory.RoleID) directory.Row {
		return directory.UserRole{User: e.User, Role: id}
	})
}

func (p *Planner) setGroupRoles(e directory.SetGroupRoles) error {
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	return p.setRoles(p.Catalog.GroupRoles(e.Group), e.Roles, func(id directory.RoleID) directory.Row {
		return directory.GroupRole{Group: e.Group, Role: id}
	})
}

// setRoles makes a holder's roles those that an edit wants; row says that the holder
// has a role.
func (p *Planner) setRoles(have, want []directory.RoleID, row func(directory.RoleID) directory.Row) error {
	for _, id := range want {
		if _, ok := p.Catalog.Role(id); !ok {
			return directory.Invalid("roles", "names no role: %d", id)
		}
	}
	have = slices.Clone(have) // removing a role changes what the user has
	for _, id := range have {
		if !slices.Contains(want, id) {
			if err := p.Remove(row(id).Key()); err != nil {
				return err
			}
		}
	}
	for _, id := range want {
		if !slices.Contains(have, id) {
			if err := p.Put(row(id)); err != nil {
				return err
			}
		}
	}
	return nil
}
