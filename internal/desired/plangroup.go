package desired

import (
	"slices"

	"cohort/internal/directory"
)

// planGroups creates and changes groups, except for what they refer to.
func (p *planner) planGroups() {
	for i := range p.state.Groups {
		g := &p.state.Groups[i]
		t := p.groups.byKey[g.Key]
		switch {
		case t.skip || t.live != nil && p.opt.CreateOnly:
		case t.live == nil:
			p.begin("group", g.Key, g.Place)
			p.item(Create, "", "", "", "")
			t.id = directory.Made[directory.GroupID](p.edit(directory.CreateGroup{
				Name: g.name(), Language: directory.Language(text(g.Language)), Description: text(g.Description),
			}))
			p.sources(t.id.Object(), nil, &g.Entry, true)
		default:
			p.updateGroup(g, t)
		}
	}
}

func (p *planner) updateGroup(g *Group, t *target[LiveGroup, directory.GroupID]) {
	p.begin("group", g.Key, g.Place)
	p.tally.groups.of++
	id := shownID(t.id)
	update := directory.UpdateGroup{Group: t.id}
	if t.id != directory.AllUsers {
		change(p, id, "name", t.live.Name, g.wantedName(), &update.Name)
	}
	change(p, id, "language", t.live.Language, (*directory.Language)(g.Language), &update.Language)
	change(p, id, "description", t.live.Description, g.Description, &update.Description)
	if len(p.open.Items) > 0 {
		p.edit(update)
	}
	p.sources(t.id.Object(), t.live.Sources, &g.Entry, p.groups.manage(t.live))
}

// A nesting is what happens to the parents of a group.
type nesting struct {
	group      *Group
	id         directory.GroupID
	want       []directory.GroupID
	drop, join []directory.GroupID
	before     []directory.GroupID
	after      []string
}

// planNesting gives groups the wanted parents, in order. All removals come first, so that
// groups can swap places.
func (p *planner) planNesting() {
	var list, all []nesting
	for i := range p.state.Groups {
		g := &p.state.Groups[i]
		t := p.groups.byKey[g.Key]
		if g.Parents == nil || t.skip || t.live != nil && p.opt.CreateOnly {
			continue
		}
		n, ok := p.nestingOf(g, t)
		if all = append(all, n); ok {
			list = append(list, n)
		}
	}
	p.checkNesting(all)
	for _, n := range list {
		p.begin("group", n.group.Key, n.group.Place)
		for _, parent := range n.drop {
			p.edit(directory.RemoveParent{Group: n.id, Parent: parent})
		}
		if len(n.drop) > 0 && len(n.join) == 0 {
			p.item(Change, shownID(n.id), "parents", listed(p.groupNames(n.before)), listed(n.after))
		}
	}
	for _, n := range list {
		p.begin("group", n.group.Key, n.group.Place)
		for _, parent := range n.join {
			p.edit(directory.AddParent{Group: n.id, Parent: parent})
		}
		if len(n.join) > 0 {
			p.item(Change, shownID(n.id), "parents", listed(p.groupNames(n.before)), listed(n.after))
		}
	}
}

// nestingOf compares the parents of a group. The parents after the first difference are
// appended anew.
func (p *planner) nestingOf(g *Group, t *target[LiveGroup, directory.GroupID]) (nesting, bool) {
	n := nesting{group: g, id: t.id}
	var want []directory.GroupID
	if g.Adds && t.live != nil {
		want = slices.DeleteFunc(slices.Clone(t.live.Parents),
			func(id directory.GroupID) bool { return p.ownsGroup(id) && !p.names(*g.Parents, id) })
		n.after = p.groupNames(want)
	}
	for _, key := range *g.Parents {
		if one, ok := p.groups.byKey[key]; ok && one.skip {
			continue // it cannot be created, which was reported
		}
		parent := refer(p, &p.groups, &g.Entry, "group", key)
		if parent == nil {
			return n, false
		}
		if parent.id == directory.AllUsers || slices.Contains(want, parent.id) {
			continue // All Users contains everything
		}
		want, n.after = append(want, parent.id), append(n.after, key)
	}
	if t.live != nil {
		n.before = t.live.Parents
	}
	stay := 0
	kept := slices.DeleteFunc(slices.Clone(n.before),
		func(id directory.GroupID) bool { return !slices.Contains(want, id) })
	for stay < len(kept) && kept[stay] == want[stay] {
		stay++
	}
	for _, id := range n.before {
		if !slices.Contains(kept[:stay], id) {
			n.drop = append(n.drop, id)
		}
	}
	n.want, n.join = want, want[stay:]
	if t.id == directory.AllUsers && len(want) > 0 {
		p.problem("group", &g.Entry, "holds everybody and can be in no group")
		return n, false
	}
	return n, len(n.drop)+len(n.join) > 0
}

// groupNames returns the keys of groups, or their names if they are not in the state.
func (p *planner) groupNames(ids []directory.GroupID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = p.groupName(id)
	}
	return list
}

func (p *planner) groupName(id directory.GroupID) string {
	if t := p.groups.byID[id]; t != nil && t.live.Name != "" {
		return t.live.Name
	}
	return directory.FormatID(id)
}

// planGroupRoles sets the roles that groups give.
func (p *planner) planGroupRoles() {
	for i := range p.state.Groups {
		g := &p.state.Groups[i]
		t := p.groups.byKey[g.Key]
		if g.Roles == nil || t.skip || t.live != nil && p.opt.CreateOnly {
			continue
		}
		var have []directory.RoleID
		if t.live != nil {
			have = t.live.Roles
		}
		p.begin("group", g.Key, g.Place)
		if roles, ok := p.roleIDs("group", &g.Entry, *g.Roles, have); ok && !sameSet(roles, have) {
			p.edit(directory.SetGroupRoles{Group: t.id, Roles: roles})
			p.item(Change, shownID(t.id), "roles", listed(p.roleNames(have)), listed(p.roleNames(roles)))
		}
	}
}

// roleIDs returns the roles that an object should give or have, without roles that cannot be
// created, which were reported.
func (p *planner) roleIDs(kind string, e *Entry, keys []string, have []directory.RoleID) ([]directory.RoleID, bool) {
	ids := []directory.RoleID{}
	if e.Adds {
		ids = append(ids, slices.DeleteFunc(slices.Clone(have), p.ownsRole)...)
	}
	for _, key := range keys {
		role, skipped := p.roles.byKey[key], false
		if role == nil {
			role = refer(p, &p.roles, e, kind, key)
		} else {
			skipped = role.skip || role.id == 0
		}
		switch {
		case skipped:
		case role == nil:
			return nil, false
		case !slices.Contains(ids, role.id):
			ids = append(ids, role.id)
		}
	}
	return ids, true
}

func (p *planner) roleNames(ids []directory.RoleID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = directory.FormatID(id)
		if t := p.roles.byID[id]; t != nil {
			list[i] = t.live.Name
		}
		for key, t := range p.roles.byKey {
			if t.id == id && id < 0 {
				list[i] = key
			}
		}
	}
	return list
}

func sameSet[T directory.ID](a, b []T) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
