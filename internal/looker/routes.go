package looker

import (
	"slices"
	"strings"

	"cohort/internal/looker/login"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/role"
)

// operations lists the operations that need a token.
func operations() []protocol.Operation {
	return slices.Concat(userOperations(), groupOperations(), attributeOperations(), contentOperations(),
		login.Operations(), role.Operations())
}

// userOperations are the operations of users and their values.
func userOperations() []protocol.Operation {
	return []protocol.Operation{
		protocol.OnlyBasic.Op("GET /user", "me", me),
		protocol.Read.Op("GET /users", "all_users", allUsers),
		protocol.Making.Op("POST /users", "create_user", createUser),
		protocol.Read.Op("GET /users/search", "search_users", searchUsers),
		protocol.Read.Op("GET /users/search/names/{pattern}", "search_users_names", searchUsersNames),
		protocol.Read.Op("GET /users/{user_id}", "user", user),
		protocol.Writing.Op("PATCH /users/{user_id}", "update_user", updateUser),
		protocol.Guarded.Op("DELETE /users/{user_id}", "delete_user", deleteUser),

		protocol.OnlyBasic.Op("GET /users/{user_id}/attribute_values", "user_attribute_user_values", userValues),
		protocol.Writing.Op("PATCH /users/{user_id}/attribute_values/{user_attribute_id}", "set_user_attribute_user_value",
			setUserValue),
		protocol.Guarded.Op("DELETE /users/{user_id}/attribute_values/{user_attribute_id}",
			"delete_user_attribute_user_value", deleteUserValue),
	}
}

// groupOperations are the operations of groups and what belongs to groups.
func groupOperations() []protocol.Operation {
	return []protocol.Operation{
		protocol.Read.Op("GET /groups", "all_groups", allGroups),
		protocol.Making.Op("POST /groups", "create_group", createGroup),
		protocol.Read.Op("GET /groups/search", "search_groups", searchGroups),
		protocol.Read.Op("GET /groups/search/with_roles", "search_groups_with_roles", searchGroupsWithRoles),
		protocol.Read.Op("GET /groups/search/with_hierarchy", "search_groups_with_hierarchy", searchGroupsWithHierarchy),
		protocol.Read.Op("GET /groups/{group_id}", "group", group),
		protocol.Writing.Op("PATCH /groups/{group_id}", "update_group", updateGroup),
		protocol.Guarded.Op("DELETE /groups/{group_id}", "delete_group", deleteGroup),
		protocol.Read.Op("GET /groups/{group_id}/groups", "all_group_groups", allGroupGroups),
		protocol.Guarded.Op("POST /groups/{group_id}/groups", "add_group_group", addGroupGroup),
		protocol.Guarded.Op("DELETE /groups/{group_id}/groups/{deleting_group_id}", "delete_group_from_group",
			deleteGroupFromGroup),
		protocol.Read.Op("GET /groups/{group_id}/users", "all_group_users", allGroupUsers),
		protocol.Guarded.Op("POST /groups/{group_id}/users", "add_group_user", addGroupUser),
		protocol.Guarded.Op("DELETE /groups/{group_id}/users/{user_id}", "delete_group_user", deleteGroupUser),
		protocol.Writing.Op("PATCH /groups/{group_id}/attribute_values/{user_attribute_id}",
			"update_user_attribute_group_value", updateUserAttributeGroupValue),
		protocol.Guarded.Op("DELETE /groups/{group_id}/attribute_values/{user_attribute_id}",
			"delete_user_attribute_group_value", deleteUserAttributeGroupValue),
	}
}

// attributeOperations are the operations of attributes.
func attributeOperations() []protocol.Operation {
	return []protocol.Operation{
		protocol.Read.Op("GET /user_attributes", "all_user_attributes", allUserAttributes),
		protocol.Making.Op("POST /user_attributes", "create_user_attribute", createUserAttribute),
		protocol.Read.Op("GET /user_attributes/{user_attribute_id}", "user_attribute", userAttribute),
		protocol.FreeWriter.Op("PATCH /user_attributes/{user_attribute_id}", "update_user_attribute", updateUserAttribute),
		protocol.Read.Op("DELETE /user_attributes/{user_attribute_id}", "delete_user_attribute", deleteUserAttribute),
		protocol.Read.Op("GET /user_attributes/{user_attribute_id}/group_values", "all_user_attribute_group_values",
			allUserAttributeGroupValues),
		protocol.Making.Op("POST /user_attributes/{user_attribute_id}/group_values", "set_user_attribute_group_values",
			setUserAttributeGroupValues),
	}
}

// openOperations are the operations that need no token.
func openOperations() []protocol.Operation {
	return append(login.OpenOperations(), []protocol.Operation{
		protocol.Read.Op("GET /versions", "versions", versions),
		protocol.OnlyBasic.Op("GET /alive", "alive", alive),
		protocol.OnlyBasic.Op("GET /swagger.json", "swagger", swagger),
		protocol.Read.Op("GET /api_spec/{api_version}/{specification}", "api_spec", apiSpec),
	}...)
}

// paths returns all paths of an operation. Some clients leave out the version, with or without
// the slash behind it. The types of credentials are listed one by one, because http.ServeMux
// would refuse a wildcard there as a conflict with paths below a user.
func paths(op protocol.Operation) []string {
	path := protocol.Prefix + op.Path()
	switch op.ID {
	case "login":
		return []string{path, "/api/login"}
	case "logout":
		return []string{path, "/api/logout"}
	case "versions":
		return []string{path, "/api/versions", "/versions"}
	case "alive":
		return []string{path, "/alive"}
	case "user_for_credential":
		var paths []string
		for _, kind := range login.CredentialTypes() {
			paths = append(paths, strings.Replace(path, "{credential_type}", kind, 1))
		}
		return paths
	}
	return []string{path}
}
