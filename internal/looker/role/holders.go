package role

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// roleGroups lists the groups that give a role.
func roleGroups(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	return replyRoleGroups(q, id)
}

func replyRoleGroups(q *protocol.Request, id directory.RoleID) error {
	groups, err := q.Dir.RoleGroups(q.Context(), id)
	if err != nil {
		return err
	}
	return protocol.ReplyWhole(q, groups, document.GroupsText)
}

// setRoleGroups makes exactly the given groups give a role.
func setRoleGroups(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	wanted, err := protocol.IDList[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	shown, err := q.CommitPrepared(func(now protocol.Directory) ([]directory.Edit, error) {
		have, err := now.RoleGroups(q.Context(), id)
		if err != nil {
			return nil, err
		}
		all, err := now.GroupDetails(q.Context(), slices.Concat(have, wanted))
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
		return edits, mayGiveRoles(q, now, edits)
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return replyRoleGroups(q, id)
}

// mayGiveRoles refuses callers who may not give roles when there is no edit to refuse, so that
// the answer does not tell who holds the role.
func mayGiveRoles(q *protocol.Request, now protocol.Directory, edits []directory.Edit) error {
	if len(edits) > 0 {
		return nil
	}
	may, err := now.Can(q.Context(), directory.CreateRole{})
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
func roleUsers(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	directly, _, err := q.Params.Bool("direct_association_only")
	if err != nil {
		return err
	}
	return replyRoleUsers(q, id, directly)
}

func replyRoleUsers(q *protocol.Request, id directory.RoleID, directly bool) error {
	holders, err := q.Dir.RoleHolders(q.Context(), id, directly)
	if err != nil {
		return err
	}
	return document.ReplyUsers(q, holders)
}

// setRoleUsers gives a role directly to exactly the given users.
func setRoleUsers(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	wanted, err := protocol.IDList[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	shown, err := q.CommitPrepared(func(now protocol.Directory) ([]directory.Edit, error) {
		holders, err := now.RoleHolders(q.Context(), id, true)
		if err != nil {
			return nil, err
		}
		all, _, err := now.Users(q.Context(), directory.UserQuery{Where: directory.UsersOr{holders,
			directory.UsersByID(wanted)}})
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
		return edits, mayGiveRoles(q, now, edits)
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return replyRoleUsers(q, id, true)
}

// userRoles lists the roles that a user holds, directly and through groups, or only directly.
func userRoles(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	directly, _, err := q.Params.Bool("direct_association_only")
	if err != nil {
		return err
	}
	return replyUserRoles(q, id, directly)
}

func replyUserRoles(q *protocol.Request, id directory.UserID, directly bool) error {
	u, err := q.Dir.User(q.Context(), id)
	if err != nil {
		return err
	}
	ids := u.AllRoles
	if directly {
		ids = u.Roles
	}
	roles, err := q.Dir.Roles(q.Context(), ids)
	if err != nil {
		return err
	}
	bodies, err := Bodies(q, roles)
	if err != nil {
		return err
	}
	return q.Reply(bodies)
}

// setUserRoles replaces the direct roles of a user and answers with them.
func setUserRoles(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	roles, err := protocol.IDList[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	if _, shown, err := q.Commit(directory.SetUserRoles{User: id, Roles: roles}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return replyUserRoles(q, id, true)
}
