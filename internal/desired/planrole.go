package desired

import (
	"slices"

	"cohort/internal/directory"
)

// A setTarget is a permission set or model set of roles.
type setTarget struct {
	id      int64 // directory.Made of an edit until it exists
	live    *LiveSet
	names   []string // the wanted names; nil leaves them
	planned bool
}

func setsByName(live []LiveSet) map[string]*setTarget {
	m := map[string]*setTarget{}
	for i := range live {
		m[live[i].Name] = &setTarget{id: live[i].ID, live: &live[i]}
	}
	return m
}

// planRoles creates and changes roles with their sets.
func (p *planner) planRoles() {
	p.permissionSets, p.modelSets = setsByName(p.live.PermissionSets), setsByName(p.live.ModelSets)
	for i := range p.state.Roles {
		r := &p.state.Roles[i]
		t := p.roles.byKey[r.Key]
		switch {
		case t.skip || t.live != nil && p.opt.CreateOnly:
		case t.live != nil && t.live.BuiltIn:
			if r.Permissions != nil || r.Models != nil || r.Name != nil && *r.Name != t.live.Name {
				p.problem("role", &r.Entry, "is built in and cannot be changed")
			}
		default:
			p.planRole(r, t)
		}
	}
}

// planRole plans a role. A role that cannot be planned is skipped with everything that uses
// it.
func (p *planner) planRole(r *Role, t *target[LiveRole, directory.RoleID]) {
	for i := range p.live.Roles {
		if other := &p.live.Roles[i]; other.ID != t.id && directory.Fold(other.Name) == directory.Fold(r.name()) {
			p.problem("role", &r.Entry, "has the name of the role %q, which is another one", other.Name)
			t.skip = true
			return
		}
	}
	p.begin("role", r.Key, r.Place)
	if t.live == nil {
		p.item(Create, "", "", "", "")
	}
	permissions, ok := p.planSet(r, t, p.permissionKind(r))
	models := int64(0)
	if ok {
		models, ok = p.planSet(r, t, p.modelKind(r))
	}
	if ok && t.live == nil && permissions == 0 {
		p.problem("role", &r.Entry, "is new and needs permissions")
		ok = false
	}
	switch {
	case !ok:
		p.forget()
		t.skip = true
	case t.live == nil:
		if models == 0 {
			models = int64(directory.AllModels)
		}
		t.id = directory.Made[directory.RoleID](p.edit(directory.CreateRole{
			Name: r.name(), PermissionSet: directory.PermissionSetID(permissions), ModelSet: directory.ModelSetID(models),
		}))
		p.sources(t.id.Object(), nil, &r.Entry, true)
	default:
		p.updateRole(r, t, directory.PermissionSetID(permissions), directory.ModelSetID(models))
	}
}

// updateRole changes an existing role. 0 leaves its set.
func (p *planner) updateRole(
	r *Role, t *target[LiveRole, directory.RoleID], permissions directory.PermissionSetID, models directory.ModelSetID,
) {
	update := directory.UpdateRole{Role: t.id}
	change(p, shownID(t.id), "name", t.live.Name, r.wantedName(), &update.Name)
	if permissions != 0 && permissions != t.live.PermissionSet {
		update.PermissionSet = &permissions
	}
	if models != 0 && models != t.live.ModelSet {
		update.ModelSet = &models
	}
	if update != (directory.UpdateRole{Role: t.id}) {
		p.edit(update)
	}
	p.sources(t.id.Object(), t.live.Sources, &r.Entry, true)
}

func (p *planner) permissionKind(r *Role) setKind {
	return setKind{
		"permissions", r.PermissionSet, r.Permissions, p.permissionSets,
		func(role *LiveRole) int64 { return int64(role.PermissionSet) },
		func(name string, names []string) directory.Edit {
			return directory.CreatePermissionSet{Name: name, Permissions: names}
		},
		func(id int64, names []string) directory.Edit {
			return directory.UpdatePermissionSet{PermissionSet: directory.PermissionSetID(id), Permissions: &names}
		},
	}
}

func (p *planner) modelKind(r *Role) setKind {
	return setKind{
		"models", r.ModelSet, r.Models, p.modelSets,
		func(role *LiveRole) int64 { return int64(role.ModelSet) },
		func(name string, names []string) directory.Edit {
			return directory.CreateModelSet{Name: name, Models: names}
		},
		func(id int64, names []string) directory.Edit {
			return directory.UpdateModelSet{ModelSet: directory.ModelSetID(id), Models: &names}
		},
	}
}

// A setKind says how to handle sets of a kind.
type setKind struct {
	field  string
	name   *string   // in the role's entry
	names  *[]string // nil is not managed
	byName map[string]*setTarget
	of     func(*LiveRole) int64
	create func(name string, names []string) directory.Edit
	update func(id int64, names []string) directory.Edit
}

// planSet creates or changes the set of a role, and returns its id. 0 leaves the role's
// current set.
func (p *planner) planSet(r *Role, t *target[LiveRole, directory.RoleID], k setKind) (id int64, ok bool) {
	if k.names == nil {
		if k.name == nil {
			return 0, true
		}
		set := k.byName[*k.name]
		if set == nil {
			p.problem("role", &r.Entry, "names the set %q, which is not there; give its %s", *k.name, k.field)
			return 0, false
		}
		return set.id, true
	}
	names := sortedNames(*k.names)
	name := p.setName(r, t, &k)
	set := k.byName[name]
	if set == nil {
		set = &setTarget{}
		k.byName[name] = set
	}
	switch {
	case set.planned && !slices.Equal(set.names, names):
		p.problem("role", &r.Entry, "has other %s than another role of the set %q", k.field, name)
		return 0, false
	case set.planned:
		return set.id, true
	}
	set.planned, set.names = true, names
	switch {
	case set.live == nil:
		for other := range k.byName {
			if other != name && directory.Fold(other) == directory.Fold(name) {
				p.problem("role", &r.Entry, "needs the set %q, and there is %q: names of sets differ by more than case", name,
					other)
				return 0, false
			}
		}
		if t.live != nil {
			p.item(Change, shownID(t.id), k.field, "", listed(names))
		}
		set.id = -int64(p.edit(k.create(name, names))) - 1
	case slices.Equal(set.live.Names, names):
	case set.live.BuiltIn:
		p.problem("role", &r.Entry, "has the built-in set %q, which cannot be changed", name)
		return 0, false
	default:
		if other := p.otherRoleWith(r, t, set.id, k.of); other != "" {
			p.problem("role", &r.Entry, "has the set %q, which the role %q has too; name another set", name, other)
			return 0, false
		}
		p.edit(k.update(set.id, names))
		p.item(Change, shownID(t.id), k.field, listed(set.live.Names), listed(names))
	}
	return set.id, true
}

// setName returns the name of a role's set: that in the file, or else that of the set that
// only this role uses, or else that of the role.
func (p *planner) setName(r *Role, t *target[LiveRole, directory.RoleID], k *setKind) string {
	if k.name != nil {
		return *k.name
	}
	if t.live != nil {
		for name, set := range k.byName {
			if set.id == k.of(t.live) && set.live != nil && !set.live.BuiltIn && p.otherRoleWith(r, t, set.id, k.of) == "" {
				return name
			}
		}
	}
	return r.name()
}

// otherRoleWith returns a role outside the state that uses a set, too.
func (p *planner) otherRoleWith(r *Role, t *target[LiveRole, directory.RoleID], set int64,
	of func(*LiveRole) int64) string {
	for i := range p.live.Roles {
		other := &p.live.Roles[i]
		if other.ID == t.id || of(other) != set || p.roles.byID[other.ID].used && r.PermissionSet != nil {
			continue
		}
		return other.Name
	}
	return ""
}
