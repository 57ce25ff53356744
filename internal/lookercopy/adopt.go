package lookercopy

import (
	"slices"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// Options returns the options of a plan that brings a target to the copy. An object of the
// target without a reference of the source is adopted only if it is the only one with the
// identical name or login e-mail, and has no permissions that the source does not give: copied
// people must not gain access to what existed before.
//
// A full copy also removes what the source no longer has: objects with an id of the source
// and, among these, memberships, parents, roles and values.
func (c *Copy) Options(live *desired.Live, language directory.Language, full bool) desired.Options {
	t := newTarget(live)
	opt := desired.Options{
		Language: language, Exclusive: true, LeaveTaken: true,
		MayAdopt: func(e *desired.Entry, o directory.Object) string { return c.mayAdopt(t, e, o) },
	}
	if full {
		opt.Within, opt.Prune, opt.PruneSource = c.origin, true, c.origin
	}
	return opt
}

// mayAdopt returns why an object of the target is not the one that is meant, or "".
func (c *Copy) mayAdopt(t *target, e *desired.Entry, o directory.Object) string {
	switch o.Kind {
	case directory.ObjectAttribute:
		return "" // names of attributes are unique, and mean the same
	case directory.ObjectRole:
		if !equal(t.roles[directory.RoleID(o.ID)], c.powers["role "+e.Key]) || t.builtIn[directory.RoleID(o.ID)] {
			return "it gives other permissions"
		}
	case directory.ObjectGroup:
		if !covers(c.powers["group "+e.Key], t.powersOf(nil, []directory.GroupID{directory.GroupID(o.ID)})) {
			return "it gives permissions that the source does not give"
		}
	case directory.ObjectUser:
		u := t.users[directory.UserID(o.ID)]
		var groups []directory.GroupID
		for _, m := range u.Memberships {
			groups = append(groups, m.Group)
		}
		switch {
		case c.emails[e.Key] == "" || directory.Fold(u.Email) != c.emails[e.Key]:
			return "it has another login e-mail"
		case !covers(c.powers["user "+e.Key], t.powersOf(u.Roles, groups)):
			return "it has permissions that the source does not give"
		}
	default:
	}
	return ""
}

// A target holds the permissions that roles, groups and users of the target give.
type target struct {
	roles   map[directory.RoleID]map[string]bool
	builtIn map[directory.RoleID]bool
	groups  map[directory.GroupID]*desired.LiveGroup
	users   map[directory.UserID]*desired.LiveUser
}

func newTarget(live *desired.Live) *target {
	t := &target{
		map[directory.RoleID]map[string]bool{}, map[directory.RoleID]bool{},
		map[directory.GroupID]*desired.LiveGroup{}, map[directory.UserID]*desired.LiveUser{},
	}
	sets := map[int64]map[string]bool{}
	for _, s := range live.PermissionSets {
		sets[s.ID] = setOf(s.Names)
		if s.BuiltIn {
			sets[s.ID] = map[string]bool{everything: true}
		}
	}
	for _, r := range live.Roles {
		t.roles[r.ID], t.builtIn[r.ID] = sets[int64(r.PermissionSet)], r.BuiltIn
	}
	for i := range live.Groups {
		t.groups[live.Groups[i].ID] = &live.Groups[i]
	}
	for i := range live.Users {
		t.users[live.Users[i].ID] = &live.Users[i]
	}
	return t
}

// powersOf returns the permissions of roles, and of groups with their ancestors.
func (t *target) powersOf(roles []directory.RoleID, groups []directory.GroupID) map[string]bool {
	powers, seen := map[string]bool{}, map[directory.GroupID]bool{}
	add := func(roles []directory.RoleID) {
		for _, r := range roles {
			for name := range t.roles[r] {
				powers[name] = true
			}
		}
	}
	add(roles)
	for next := groups; len(next) > 0; {
		g := t.groups[next[0]]
		next = next[1:]
		if g == nil || seen[g.ID] {
			continue
		}
		seen[g.ID] = true
		add(g.Roles)
		next = append(slices.Clip(next), g.Parents...)
	}
	return powers
}

// covers reports whether all contains some.
func covers(all, some map[string]bool) bool {
	if all[everything] {
		return true
	}
	for name := range some {
		if !all[name] {
			return false
		}
	}
	return true
}

func equal(a, b map[string]bool) bool { return covers(a, b) && covers(b, a) }
