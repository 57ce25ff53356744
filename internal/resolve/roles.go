package resolve

import (
	"iter"
	"slices"

	"cohort/internal/directory"
)

// Role returns a role.
func (c *Catalog) Role(id directory.RoleID) (directory.Role, bool) { return c.roles.get(id) }

// Roles yields the roles by id.
func (c *Catalog) Roles() iter.Seq[directory.Role] { return values(c.roles) }

// PermissionSet returns a permission set.
func (c *Catalog) PermissionSet(id directory.PermissionSetID) (directory.PermissionSet, bool) {
	s, ok := c.permissionSets.get(id)
	return s.row, ok
}

// PermissionSets yields the permission sets by id.
func (c *Catalog) PermissionSets() iter.Seq[directory.PermissionSet] {
	return func(yield func(directory.PermissionSet) bool) {
		for _, s := range c.permissionSets.all() {
			if !yield(s.row) {
				return
			}
		}
	}
}

// ModelSet returns a model set.
func (c *Catalog) ModelSet(id directory.ModelSetID) (directory.ModelSet, bool) {
	return c.modelSets.get(id)
}

// ModelSets yields the model sets by id.
func (c *Catalog) ModelSets() iter.Seq[directory.ModelSet] { return values(c.modelSets) }

func values[K ~int64, V any](t table[K, V]) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range t.values {
			if !yield(v) {
				return
			}
		}
	}
}

// GroupRoles returns the roles that a group gives directly, ascending.
func (c *Catalog) GroupRoles(id directory.GroupID) []directory.RoleID {
	_, g, ok := c.groups.visible(id)
	if !ok {
		return nil
	}
	return c.known(slices.Clone(g.roles))
}

// RoleGroups returns the groups that give a role directly, ascending.
func (c *Catalog) RoleGroups(role directory.RoleID) []directory.GroupID {
	if _, ok := c.roles.get(role); !ok {
		return nil
	}
	var list []directory.GroupID
	holders, _ := c.roleGroups.get(role)
	for _, id := range holders {
		if _, _, ok := c.groups.visible(id); ok {
			list = append(list, id)
		}
	}
	return list
}

// RawRoleGroups returns the groups with a row for a role, including groups that are marked
// deleted, ascending.
func (c *Catalog) RawRoleGroups(role directory.RoleID) []directory.GroupID {
	holders, _ := c.roleGroups.get(role)
	return slices.Clone(holders)
}

// known sorts roles and drops duplicates and unknown ones.
func (c *Catalog) known(roles []directory.RoleID) []directory.RoleID {
	slices.Sort(roles)
	return slices.DeleteFunc(slices.Compact(roles), func(id directory.RoleID) bool {
		_, ok := c.roles.get(id)
		return !ok
	})
}

// RolesOf returns the roles that a user holds at a time, directly and through
// groups, transitively, ascending.
func (c *Catalog) RolesOf(u *directory.UserRows, at directory.Instant) []directory.RoleID {
	if !c.groupsGiveRoles() {
		return c.known(slices.Clone(u.Roles))
	}
	return c.rolesAbove(slices.Clone(u.Roles), c.direct(u, at))
}

// groupsGiveRoles reports whether any group gives a role.
func (c *Catalog) groupsGiveRoles() bool { return len(c.roleGroups.keys) > 0 }

// RolesOfGroups returns the roles that membership in the groups would give: their own and
// those of their ancestors, ascending.
func (c *Catalog) RolesOfGroups(ids ...directory.GroupID) []directory.RoleID {
	return c.rolesAbove(nil, c.indexes(ids))
}

func (c *Catalog) rolesAbove(roles []directory.RoleID, from []int32) []directory.RoleID {
	if c.groupsGiveRoles() {
		for _, s := range c.walkUp(from, 0) {
			roles = append(roles, c.groups.at(s.group).roles...)
		}
	}
	return c.known(roles)
}

// PermissionsOf returns what a user's roles grant at a time. It does not check whether the
// user is disabled.
func (c *Catalog) PermissionsOf(u *directory.UserRows, at directory.Instant) directory.Permissions {
	return c.PermissionsOfRoles(c.RolesOf(u, at))
}

// PermissionsFrom returns what a user's roles grant at a time or later, given the current
// memberships. It does not check whether the user is disabled.
func (c *Catalog) PermissionsFrom(u *directory.UserRows, at directory.Instant) directory.Permissions {
	if !c.groupsGiveRoles() {
		return c.PermissionsOfRoles(u.Roles)
	}
	groups := make([]int32, 0, len(u.Memberships))
	for i := range u.Memberships {
		m := &u.Memberships[i]
		if m.ExpiresAt != 0 && m.ExpiresAt <= at {
			continue
		}
		if i, _, ok := c.groups.visible(m.Group); ok {
			groups = append(groups, i)
		}
	}
	return c.PermissionsOfRoles(c.rolesAbove(slices.Clone(u.Roles), groups))
}

// PermissionsOfRoles returns what several roles grant together.
func (c *Catalog) PermissionsOfRoles(roles []directory.RoleID) directory.Permissions {
	var all directory.Permissions
	for _, id := range roles {
		if role, ok := c.roles.get(id); ok {
			set, _ := c.permissionSets.get(role.PermissionSet)
			all |= set.grants
		}
	}
	return all
}

// GroupsOf returns the groups that a user is directly in at a time, by
// position, without All Users.
func (c *Catalog) GroupsOf(u *directory.UserRows, at directory.Instant) []directory.GroupID {
	direct := c.direct(u, at)
	list := make([]directory.GroupID, len(direct))
	for i, g := range direct {
		list[i] = c.groups.at(g).id
	}
	return list
}

// AllGroupsOf returns the groups that a user is in at a time, directly or not,
// nearest first, without All Users.
func (c *Catalog) AllGroupsOf(u *directory.UserRows, at directory.Instant) []directory.GroupID {
	return c.ids(c.walkUp(c.direct(u, at), 1))
}

// direct returns the visible groups of the user's memberships in force, by
// position.
func (c *Catalog) direct(u *directory.UserRows, at directory.Instant) []int32 {
	list := make([]int32, 0, len(u.Memberships))
	for i := range u.Memberships {
		m := &u.Memberships[i]
		if m.Group == directory.AllUsers || !m.InForce(at) {
			continue
		}
		if i, _, ok := c.groups.visible(m.Group); ok {
			list = append(list, i)
		}
	}
	return list
}

func (c *Catalog) indexes(ids []directory.GroupID) []int32 {
	list := make([]int32, 0, len(ids))
	for _, id := range ids {
		if i, _, ok := c.groups.visible(id); ok {
			list = append(list, i)
		}
	}
	return list
}

// RoleWith returns a role that uses a set, if there is one.
func (c *Catalog) RoleWith(set directory.Object) (directory.Role, bool) {
	for r := range c.Roles() {
		if r.PermissionSet.Object() == set || r.ModelSet.Object() == set {
			return r, true
		}
	}
	return directory.Role{}, false
}

// CountGroups counts the groups that are there among those that a user is directly
// in, at any time.
func (c *Catalog) CountGroups(u *directory.UserRows) int {
	n := 0
	for _, m := range u.Memberships {
		if _, ok := c.Group(m.Group); ok {
			n++
		}
	}
	return n
}
