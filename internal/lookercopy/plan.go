package lookercopy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An Edit is one in the JSON form of the native API.
type Edit map[string]any

// A step is what is done about one object, in one change.
type step struct {
	kind, name, verb string
	// edits are worked out when the step's turn has come, as ids that earlier
	// stages make are known then. "$n" stands for what edit n of the change
	// makes, counted from first.
	edits func(first int) []Edit
	made  func(id string) // is told the id of what the first edit made; may be nil
}

// A Missed is something that cannot be copied.
type Missed struct{ Kind, Name, Why string }

// A Plan says what is to be done.
type Plan struct {
	Missed []Missed
	stages [][]step // each needs the ids that those before it make
	// by id in the source: ids in the target, as far as they are known
	groups, attributes, permissions, models, roles, users map[string]string
	source, target                                        *Snapshot
	origin                                                string
}

// A Count says how many objects of a kind something is done about.
type Count struct {
	Verb, Kind string
	N          int
}

// Counts are the steps of the plan, counted in the order in which they are
// done.
func (p *Plan) Counts() []Count {
	var list []Count
	for _, stage := range p.stages {
		for _, s := range stage {
			i := slices.IndexFunc(list, func(c Count) bool { return c.Verb == s.verb && c.Kind == s.kind })
			if i < 0 {
				i, list = len(list), append(list, Count{s.verb, s.kind, 0})
			}
			list[i].N++
		}
	}
	return list
}

// Make plans how what the source has gets into the target: what is there by
// name or e-mail is brought up to date, what is not is made, and what only the
// target has stays. The origin names the source in source references; known are
// the ids in the target of the source's users without an e-mail, if they are
// there.
func Make(source, target *Snapshot, origin string, known map[string]string) *Plan {
	p := &Plan{
		groups: map[string]string{allUsers: allUsers}, attributes: map[string]string{}, permissions: map[string]string{}, models: map[string]string{},
		roles: map[string]string{}, users: maps.Clone(known), source: source, target: target, origin: origin,
	}
	if p.users == nil {
		p.users = map[string]string{}
	}
	p.stages = [][]step{
		slices.Concat(p.planAttributes(), p.planGroups(), p.planSets("permission_set", source.permissions, target.permissions, p.permissions),
			p.planSets("model_set", source.models, target.models, p.models)),
		slices.Concat(p.planRoles(), p.planNesting(), p.planGroupValues()),
		slices.Concat(p.planRoleGroups(), p.planUsers()),
		p.planPossessions(),
	}
	return p
}

func (p *Plan) miss(kind, name, why string) { p.Missed = append(p.Missed, Missed{kind, name, why}) }

// fold is how names and e-mails are compared.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// one is a step of a single edit, or of none if that is nil.
func one(kind, name, verb string, edit func() Edit) step {
	return step{kind: kind, name: name, verb: verb, edits: func(int) []Edit {
		if e := edit(); e != nil {
			return []Edit{e}
		}
		return nil
	}}
}

// wireTypes are the names of our types for those of the API.
func wireType(t string) string {
	if rest, ok := strings.CutPrefix(t, "advanced_"); ok {
		return rest
	}
	return t
}

func (p *Plan) planAttributes() (steps []step) {
	for _, a := range p.source.attributes {
		i := slices.IndexFunc(p.target.attributes, func(b attribute) bool { return fold(a.Name) == fold(b.Name) })
		if i >= 0 {
			p.attributes[a.ID] = p.target.attributes[i].ID
		}
		if a.IsSystem {
			continue
		}
		if a.Hidden && (len(a.values) > 0 || text(a.Default) != "") {
			p.miss("attribute", a.Name, "its values are hidden and cannot be read; set them again")
		}
		edit := Edit{"label": a.Label, "user_can_view": a.UserCanView || a.UserCanEdit, "user_can_edit": a.UserCanEdit}
		if !a.Hidden && text(a.Default) != "" {
			edit["default"] = *a.Default
		}
		if i >= 0 {
			edit["edit"], edit["attribute"] = "update_attribute", p.target.attributes[i].ID
			if a.IsPermanent {
				continue // it is everywhere; its default is the target's own business
			}
			steps = append(steps, one("attribute", a.Name, "update", func() Edit { return edit }))
			continue
		}
		edit["edit"], edit["name"], edit["type"] = "create_attribute", a.Name, wireType(a.Type)
		if a.Hidden {
			edit["hidden"] = true
		}
		steps = append(steps, step{
			kind: "attribute", name: a.Name, verb: "create",
			made: func(id string) { p.attributes[a.ID] = id },
			edits: func(first int) []Edit {
				if !a.Hidden || text(a.Whitelist) == "" {
					return []Edit{edit}
				}
				return []Edit{edit, {
					"edit": "set_facet", "object": fmt.Sprintf("attribute:$%d", first), "dialect": "looker",
					"kind": "hidden_value_domain_whitelist", "data": quote(*a.Whitelist),
				}}
			},
		})
	}
	return steps
}

func (p *Plan) planGroups() (steps []step) {
	for _, g := range p.source.groups {
		if g.ID == allUsers {
			continue
		}
		if i := slices.IndexFunc(p.target.groups, func(b group) bool { return fold(g.Name) == fold(b.Name) }); i >= 0 {
			p.groups[g.ID] = p.target.groups[i].ID
			continue
		}
		if fold(g.Name) == "" {
			p.miss("group", "group "+g.ID, "it has no name to be known by")
			continue
		}
		if g.ExternallyManaged {
			p.miss("group", g.Name, "who is in it is managed elsewhere; it is copied as it is now")
		}
		s := one("group", g.Name, "create", func() Edit { return Edit{"edit": "create_group", "name": g.Name, "unique_name": true} })
		s.made = func(id string) { p.groups[g.ID] = id }
		steps = append(steps, s)
	}
	return steps
}

func (p *Plan) planSets(kind string, source, target []set, ids map[string]string) (steps []step) {
	member := map[string]string{"permission_set": "permissions", "model_set": "models"}[kind]
	for _, s := range source {
		names := slices.Concat([]string{}, s.Permissions, s.Models)
		i := slices.IndexFunc(target, func(b set) bool { return fold(s.Name) == fold(b.Name) })
		switch {
		case i >= 0 && (s.BuiltIn || target[i].BuiltIn):
			ids[s.ID] = target[i].ID
		case i >= 0:
			ids[s.ID] = target[i].ID
			steps = append(steps, one(kind, s.Name, "update", func() Edit {
				return Edit{"edit": "update_" + kind, kind: target[i].ID, member: names}
			}))
		default:
			made := one(kind, s.Name, "create", func() Edit { return Edit{"edit": "create_" + kind, "name": s.Name, member: names} })
			made.made = func(id string) { ids[s.ID] = id }
			steps = append(steps, made)
		}
	}
	return steps
}

func (p *Plan) planRoles() (steps []step) {
	for _, r := range p.source.roles {
		sets := func(edit Edit) Edit {
			edit["permission_set"], edit["model_set"] = p.permissions[r.PermissionSet.ID], p.models[r.ModelSet.ID]
			return edit
		}
		i := slices.IndexFunc(p.target.roles, func(b role) bool { return fold(r.Name) == fold(b.Name) })
		switch {
		case i >= 0 && p.target.roles[i].PermissionSet.BuiltIn:
			p.roles[r.ID] = p.target.roles[i].ID
		case i >= 0:
			p.roles[r.ID] = p.target.roles[i].ID
			steps = append(steps, one("role", r.Name, "update", func() Edit { return sets(Edit{"edit": "update_role", "role": p.target.roles[i].ID}) }))
		default:
			s := one("role", r.Name, "create", func() Edit { return sets(Edit{"edit": "create_role", "name": r.Name}) })
			s.made = func(id string) { p.roles[r.ID] = id }
			steps = append(steps, s)
		}
	}
	return steps
}

func (p *Plan) planNesting() (steps []step) {
	for _, g := range p.source.groups {
		for _, parent := range g.Parents {
			if parent == allUsers || g.ID == allUsers {
				continue
			}
			steps = append(steps, one("nesting", g.Name, "set", func() Edit {
				child, above := p.groups[g.ID], p.groups[parent]
				if child == "" || above == "" {
					return nil // one of them was refused, which has been said
				}
				return Edit{"edit": "add_parent", "group": child, "parent": above}
			}))
		}
	}
	return steps
}

// planGroupValues sets the list of each attribute: the source's values in its
// order, then those that only the target has.
func (p *Plan) planGroupValues() (steps []step) {
	for _, a := range p.source.attributes {
		if a.IsSystem || a.Hidden || len(a.values) == 0 {
			continue
		}
		steps = append(steps, one("list of group values", a.Name, "set", func() Edit {
			if p.attributes[a.ID] == "" {
				return nil
			}
			var items []Edit
			listed := map[string]bool{}
			for _, v := range a.values {
				if g := p.groups[v.GroupID]; g != "" && v.Value != nil && !listed[g] {
					listed[g] = true
					items = append(items, Edit{"group": g, "value": *v.Value})
				}
			}
			for _, b := range p.target.attributes {
				for _, v := range b.values {
					if b.ID == p.attributes[a.ID] && !listed[v.GroupID] {
						items = append(items, Edit{"group": v.GroupID, "value": text(v.Value)})
					}
				}
			}
			return Edit{"edit": "set_group_values", "attribute": p.attributes[a.ID], "items": items}
		}))
	}
	return steps
}

// planRoleGroups adds the roles that the source's groups give to those that
// the target's give.
func (p *Plan) planRoleGroups() (steps []step) {
	for _, g := range p.source.groups {
		gives := holds(p.source.roles, func(r role) bool { return slices.Contains(r.groups, g.ID) })
		if len(gives) == 0 || g.ID == allUsers {
			continue
		}
		steps = append(steps, one("roles of a group", g.Name, "set", func() Edit {
			id := p.groups[g.ID]
			if id == "" {
				return nil
			}
			have := holds(p.target.roles, func(r role) bool { return slices.Contains(r.groups, id) })
			return Edit{"edit": "set_group_roles", "group": id, "roles": p.union(have, gives)}
		}))
	}
	return steps
}

func holds(roles []role, has func(role) bool) (ids []string) {
	for _, r := range roles {
		if has(r) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// union are the target's roles and, of the source's, what they are there.
func (p *Plan) union(target, source []string) []string {
	all := slices.Clone(target)
	for _, id := range source {
		if there := p.roles[id]; there != "" && !slices.Contains(all, there) {
			all = append(all, there)
		}
	}
	return all
}

// nameOf is how people know a user.
func nameOf(u *user) string {
	return cmp.Or(text(u.Email), strings.TrimSpace(text(u.FirstName)+" "+text(u.LastName)), "user "+u.ID)
}
