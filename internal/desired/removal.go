package desired

import (
	"cohort/internal/directory"
)

// A Removal says how many objects of a kind a plan removes, disables or takes out of groups,
// and of how many.
type Removal struct {
	Kind    string `json:"kind"`
	Removed int    `json:"removed"`
	Of      int    `json:"of"`
}

// Guarded returns the removals that are suspiciously many: more than a tenth, more than 25,
// and more than allowed.
func (p *Plan) Guarded(allowed int) []Removal {
	var list []Removal
	for _, r := range p.Removals {
		if Guards(r.Removed, r.Of, allowed) {
			list = append(list, r)
		}
	}
	return list
}

// Guards reports whether the removal guard stops a job that removes so many of so many
// objects.
func Guards(removed, of, allowed int) bool {
	return directory.TooManyRemovals(int64(removed), int64(of), directory.GuardedRemovals, int64(allowed))
}

type count struct{ removed, of int }

// A tally counts what a plan removes.
type tally struct{ users, groups, memberships count }

func (t *tally) removals() []Removal {
	return []Removal{
		{"users", t.users.removed, t.users.of}, {"groups", t.groups.removed, t.groups.of},
		{"memberships", t.memberships.removed, t.memberships.of},
	}
}

// prunable reports whether pruning removes an object that the state does not contain.
func (p *planner) prunable(sources map[string]string) bool {
	switch {
	case p.opt.PruneAll:
		return true
	case p.opt.PruneSource != "":
		return sources[p.opt.PruneSource] != ""
	}
	return p.state.Set != "" && sources[markPrefix+p.state.Set] != ""
}

// unwanted returns the live objects that pruning removes.
func unwanted[L any, ID directory.ID](p *planner, t *targets[L, ID], managed bool) (list []*target[L, ID]) {
	if !p.opt.Prune || !managed {
		return nil
	}
	for _, one := range t.byID {
		if !one.used && t.manage(one.live) && p.prunable(t.source(one.live)) {
			list = append(list, one)
		}
	}
	sortByID(list)
	return list
}

// prunes reports whether objects of a kind are pruned: all kinds of a set, but only the kind
// of a table.
func (p *planner) prunes(has bool) bool {
	return has || p.opt.PruneSource == "" && !p.opt.PruneAll || p.opt.ByName
}

// planRemovals removes what the state no longer contains: users first, because nothing depends
// on them.
func (p *planner) planRemovals() {
	for _, u := range unwanted(p, &p.users, p.state.HasUsers) {
		p.tally.users.removed++
		p.tally.users.of++
		p.remove("user", userLabel(u.live), shownID(u.id), directory.DeleteUser{User: u.id})
	}
	for _, g := range unwanted(p, &p.groups, p.prunes(p.state.Groups != nil)) {
		p.tally.groups.removed++
		p.tally.groups.of++
		p.remove("group", g.live.Name, shownID(g.id), directory.DeleteGroup{Group: g.id})
	}
	for _, a := range unwanted(p, &p.attributes, p.prunes(p.state.Attributes != nil)) {
		p.remove("attribute", a.live.Name, shownID(a.id), directory.DeleteAttribute{Attribute: a.id})
	}
	for _, r := range unwanted(p, &p.roles, p.prunes(p.state.Roles != nil)) {
		p.remove("role", r.live.Name, shownID(r.id), directory.DeleteRole{Role: r.id})
		p.removeSet(r.live)
	}
}

// removeSet removes the permission set of a removed role, if no other role used it.
func (p *planner) removeSet(role *LiveRole) {
	for i := range p.live.Roles {
		if r := &p.live.Roles[i]; r.ID != role.ID && r.PermissionSet == role.PermissionSet {
			return
		}
	}
	for i := range p.live.PermissionSets {
		s := &p.live.PermissionSets[i]
		if planned := p.permissionSets[s.Name]; s.ID == int64(role.PermissionSet) && !s.BuiltIn && s.Name == role.Name &&
			!planned.planned {
			p.edit(directory.DeletePermissionSet{PermissionSet: role.PermissionSet})
		}
	}
}

func (p *planner) remove(kind, key, id string, e directory.Edit) {
	p.begin(kind, key, "")
	p.edit(e)
	p.item(Remove, id, "", "", "")
}

func userLabel(u *LiveUser) string {
	switch {
	case u.Email != "":
		return u.Email
	case u.ContactEmail != "":
		return u.ContactEmail
	}
	return (&directory.User{FirstName: u.FirstName, LastName: u.LastName}).DisplayName()
}
