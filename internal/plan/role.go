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
		return nil, nil // as stores return it: else none would differ from none
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
	s := directory.PermissionSet{}
	id, err := take(&p.Head.Next.PermissionSet, "permission set")
	if err != nil {
		return directory.Result{}, err
	}
	s.ID = id
	return made(id), p.putPermissionSet(s, e.Name, e.Permissions)
}

func (p *Planner) putPermissionSet(s directory.PermissionSet, name string, permissions []string) error {
	var err error
	if s.Name, err = p.parseRoleName(name, s, directory.ByPermissionSetName); err != nil {
		return err
	}
	if s.Permissions, err = ParseNames("permissions", permissions); err != nil {
		return err
	}
	return p.Put(s)
}

func (p *Planner) updatePermissionSet(e directory.UpdatePermissionSet) error {
	s, ok := p.Catalog.PermissionSet(e.PermissionSet)
	if !ok {
		return directory.NotFound("permission_set", e.PermissionSet)
	}
	name, permissions := s.Name, s.Permissions
	set(&name, e.Name)
	set(&permissions, e.Permissions)
	return p.putPermissionSet(s, name, permissions)
}

func (p *Planner) createModelSet(e directory.CreateModelSet) (directory.Result, error) {
	id, err := take(&p.Head.Next.ModelSet, "model set")
	if err != nil {
		return directory.Result{}, err
	}
	return made(id), p.putModelSet(directory.ModelSet{ID: id}, e.Name, e.Models)
}

func (p *Planner) putModelSet(s directory.ModelSet, name string, models []string) error {
	var err error
	if s.Name, err = p.parseRoleName(name, s, directory.ByModelSetName); err != nil {
		return err
	}
	if s.Models, err = ParseNames("models", models); err != nil {
		return err
	}
	return p.Put(s)
}

func (p *Planner) updateModelSet(e directory.UpdateModelSet) error {
	s, ok := p.Catalog.ModelSet(e.ModelSet)
	if !ok {
		return directory.NotFound("model_set", e.ModelSet)
	}
	name, models := s.Name, s.Models
	set(&name, e.Name)
	set(&models, e.Models)
	return p.putModelSet(s, name, models)
}

// deleteSet removes a permission set or model set that no role uses.
func (p *Planner) deleteSet(o directory.Object) error {
	if err := p.requireObject(o); err != nil {
		return err
	}
	if r, used := p.roleWith(o); used {
		return directory.Protected(o.Kind.String(), "is used by the role %q", r.Name)
	}
	kind := directory.RowPermissionSet
	if o.Kind == directory.ObjectModelSet {
		kind = directory.RowModelSet
	}
	return p.Remove(directory.RowKey{Kind: kind, A: o.ID})
}

// roleWith returns a role that uses a set, if there is one.
func (p *Planner) roleWith(set directory.Object) (directory.Role, bool) {
	for r := range p.Catalog.Roles() {
		if r.PermissionSet.Object() == set || r.ModelSet.Object() == set {
			return r, true
		}
	}
	return directory.Role{}, false
}

func (p *Planner) createRole(e directory.CreateRole) (directory.Result, error) {
	id, err := take(&p.Head.Next.Role, "role")
	if err != nil {
		return directory.Result{}, err
	}
	return made(id), p.putRole(directory.Role{ID: id, PermissionSet: e.PermissionSet, ModelSet: e.ModelSet}, e.Name)
}

func (p *Planner) putRole(r directory.Role, name string) error {
	var err error
	if r.Name, err = p.parseRoleName(name, r, directory.ByRoleName); err != nil {
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

func (p *Planner) updateRole(e directory.UpdateRole) error {
	r, ok := p.Catalog.Role(e.Role)
	if !ok {
		return directory.NotFound("role", e.Role)
	}
	name := r.Name
	set(&name, e.Name)
	set(&r.PermissionSet, e.PermissionSet)
	set(&r.ModelSet, e.ModelSet)
	return p.putRole(r, name)
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
	add, drop, err := p.roleDiff(rows.Roles, e.Roles)
	if err != nil {
		return err
	}
	for _, id := range drop {
		if err := p.Remove(directory.UserRole{User: e.User, Role: id}.Key()); err != nil {
			return err
		}
	}
	for _, id := range add {
		if err := p.Put(directory.UserRole{User: e.User, Role: id}); err != nil {
			return err
		}
	}
	return nil
}

func (p *Planner) setGroupRoles(e directory.SetGroupRoles) error {
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	add, drop, err := p.roleDiff(p.Catalog.GroupRoles(e.Group), e.Roles)
	if err != nil {
		return err
	}
	for _, id := range drop {
		if err := p.Remove(directory.GroupRole{Group: e.Group, Role: id}.Key()); err != nil {
			return err
		}
	}
	for _, id := range add {
		if err := p.Put(directory.GroupRole{Group: e.Group, Role: id}); err != nil {
			return err
		}
	}
	return nil
}

// roleDiff says which roles to add and which to drop to get from one set to
// another.
func (p *Planner) roleDiff(have, want []directory.RoleID) (add, drop []directory.RoleID, err error) {
	for _, id := range want {
		if _, ok := p.Catalog.Role(id); !ok {
			return nil, nil, directory.Invalid("roles", "names no role: %d", id)
		}
		if !slices.Contains(have, id) && !slices.Contains(add, id) {
			add = append(add, id)
		}
	}
	for _, id := range have {
		if !slices.Contains(want, id) {
			drop = append(drop, id)
		}
	}
	return add, drop, nil
}
