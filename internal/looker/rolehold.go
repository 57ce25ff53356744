package looker

import (
	"slices"

	"cohort/internal/directory"
)

// roleGroups lists the groups that give a role.
func roleGroups(q *request) error {
	id, err := pathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	return q.replyRoleGroups(id)
}

func (q *request) replyRoleGroups(id directory.RoleID) error {
	groups, err := q.dir.RoleGroups(q.ctx(), id)
	if err != nil {
		return err
	}
	return replyWhole(q, groups, groupsText)
}

// setRoleGroups makes exactly the given groups give a role.
func setRoleGroups(q *request) error {
	id, err := pathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	wanted, err := idList[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	shown, err := q.commitPrepared(func(now Directory) ([]directory.Edit, error) {
		have, err := now.RoleGroups(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		all, err := now.GroupDetails(q.ctx(), slices.Concat(have, wanted))
		if err != nil {
			return nil, err
		}
		var edits []directory.Edit
		seen := map[directory.GroupID]bool{}
		for _, d := range all {
			if g := d.Group.ID; !seen[g] {
				seen[g] = true
				edits = append(edits, directory.SetGroupRoles{Group: g, Roles: withRole(d.Roles, id, slices.Contains(wanted, g))})
			}
		}
		for _, g := range wanted {
			if !seen[g] {
				return nil, directory.Invalid("group", "names no group: %d", g)
			}
		}
		return edits, q.mayGiveRoles(now, edits)
	})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyRoleGroups(id)
}

// mayGiveRoles refuses callers who may not give roles when there is no edit to refuse, so that
// the answer does not tell who holds the role.
func (q *request) mayGiveRoles(now Directory, edits []directory.Edit) error {
	if len(edits) > 0 {
		return nil
	}
	may, err := now.Can(q.ctx(), directory.CreateRole{})
	if err == nil && !may[0] {
		err = directory.Forbidden("the permission %s is needed", directory.Administer)
	}
	return err
}

// withRole returns a list of roles with or without a role.
func withRole(roles []directory.RoleID, id directory.RoleID, with bool) []directory.RoleID {
	list := slices.DeleteFunc(slices.Clone(roles), func(r directory.RoleID) bool { return r == id })
	if with {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// roleUsers lists the users who hold a role, directly or through groups.
func roleUsers(q *request) error {
	id, err := pathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	directly, _, err := q.params.bool("direct_association_only")
	if err != nil {
		return err
	}
	return q.replyRoleUsers(id, directly)
}

func (q *request) replyRoleUsers(id directory.RoleID, directly bool) error {
	holders, err := q.dir.RoleHolders(q.ctx(), id, directly)
	if err != nil {
		return err
	}
	return q.replyUsers(holders)
}

// setRoleUsers gives a role directly to exactly the given users.
func setRoleUsers(q *request) error {
	id, err := pathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	wanted, err := idList[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	shown, err := q.commitPrepared(func(now Directory) ([]directory.Edit, error) {
		holders, err := now.RoleHolders(q.ctx(), id, true)
		if err != nil {
			return nil, err
		}
		all, _, err := now.Users(q.ctx(), directory.UserQuery{Where: directory.UsersOr{holders, directory.UsersByID(wanted)}})
		if err != nil {
			return nil, err
		}
		var edits []directory.Edit
		seen := map[directory.UserID]bool{}
		for _, u := range all {
			seen[u.User.ID] = true
			roles := withRole(u.Roles, id, slices.Contains(wanted, u.User.ID))
			if !slices.Equal(roles, u.Roles) {
				edits = append(edits, directory.SetUserRoles{User: u.User.ID, Roles: roles})
			}
		}
		for _, u := range wanted {
			if !seen[u] {
				return nil, directory.Invalid("user", "names no user: %d", u)
			}
		}
		return edits, q.mayGiveRoles(now, edits)
	})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyRoleUsers(id, true)
}

// userRoles lists the roles that a user holds, directly and through groups, or only directly.
func userRoles(q *request) error {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	directly, _, err := q.params.bool("direct_association_only")
	if err != nil {
		return err
	}
	return q.replyUserRoles(id, directly)
}

func (q *request) replyUserRoles(id directory.UserID, directly bool) error {
	u, err := q.dir.User(q.ctx(), id)
	if err != nil {
		return err
	}
	ids := u.AllRoles
	if directly {
		ids = u.Roles
	}
	roles, err := q.dir.Roles(q.ctx(), ids)
	if err != nil {
		return err
	}
	bodies, err := roleBodies(q, roles)
	if err != nil {
		return err
	}
	return q.reply(bodies)
}

// setUserRoles replaces the direct roles of a user and answers with them.
func setUserRoles(q *request) error {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	roles, err := idList[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	if _, shown, err := q.commit(directory.SetUserRoles{User: id, Roles: roles}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyUserRoles(id, true)
}
