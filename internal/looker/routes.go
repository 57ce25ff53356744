package looker

import (
	"slices"
	"strings"
)

// operations lists the operations that need a token.
func operations() []operation {
	return slices.Concat(userOperations(), groupOperations(), attributeOperations(), contentOperations(),
		loginOperations(), roleOperations())
}

// userOperations are the operations of users and their values.
func userOperations() []operation {
	return []operation{
		{"GET /user", "me", onlyBasic, me},
		{"GET /users", "all_users", read, allUsers},
		{"POST /users", "create_user", making, createUser},
		{"GET /users/search", "search_users", read, searchUsers},
		{"GET /users/search/names/{pattern}", "search_users_names", read, searchUsersNames},
		{"GET /users/{user_id}", "user", read, user},
		{"PATCH /users/{user_id}", "update_user", writing, updateUser},
		{"DELETE /users/{user_id}", "delete_user", guarded, deleteUser},

		{"GET /users/{user_id}/attribute_values", "user_attribute_user_values", onlyBasic, userValues},
		{"PATCH /users/{user_id}/attribute_values/{user_attribute_id}", "set_user_attribute_user_value", writing,
			setUserValue},
		{"DELETE /users/{user_id}/attribute_values/{user_attribute_id}", "delete_user_attribute_user_value", guarded,
			deleteUserValue},
	}
}

// groupOperations are the operations of groups and what belongs to groups.
func groupOperations() []operation {
	return []operation{
		{"GET /groups", "all_groups", read, allGroups},
		{"POST /groups", "create_group", making, createGroup},
		{"GET /groups/search", "search_groups", read, searchGroups},
		{"GET /groups/search/with_roles", "search_groups_with_roles", read, searchGroupsWithRoles},
		{"GET /groups/search/with_hierarchy", "search_groups_with_hierarchy", read, searchGroupsWithHierarchy},
		{"GET /groups/{group_id}", "group", read, group},
		{"PATCH /groups/{group_id}", "update_group", writing, updateGroup},
		{"DELETE /groups/{group_id}", "delete_group", guarded, deleteGroup},
		{"GET /groups/{group_id}/groups", "all_group_groups", read, allGroupGroups},
		{"POST /groups/{group_id}/groups", "add_group_group", guarded, addGroupGroup},
		{"DELETE /groups/{group_id}/groups/{deleting_group_id}", "delete_group_from_group", guarded, deleteGroupFromGroup},
		{"GET /groups/{group_id}/users", "all_group_users", read, allGroupUsers},
		{"POST /groups/{group_id}/users", "add_group_user", guarded, addGroupUser},
		{"DELETE /groups/{group_id}/users/{user_id}", "delete_group_user", guarded, deleteGroupUser},
		{"PATCH /groups/{group_id}/attribute_values/{user_attribute_id}", "update_user_attribute_group_value", writing,
			updateUserAttributeGroupValue},
		{"DELETE /groups/{group_id}/attribute_values/{user_attribute_id}", "delete_user_attribute_group_value", guarded,
			deleteUserAttributeGroupValue},
	}
}

// attributeOperations are the operations of attributes.
func attributeOperations() []operation {
	return []operation{
		{"GET /user_attributes", "all_user_attributes", read, allUserAttributes},
		{"POST /user_attributes", "create_user_attribute", making, createUserAttribute},
		{"GET /user_attributes/{user_attribute_id}", "user_attribute", read, userAttribute},
		{"PATCH /user_attributes/{user_attribute_id}", "update_user_attribute", freeWriter, updateUserAttribute},
		{"DELETE /user_attributes/{user_attribute_id}", "delete_user_attribute", read, deleteUserAttribute},
		{"GET /user_attributes/{user_attribute_id}/group_values", "all_user_attribute_group_values", read,
			allUserAttributeGroupValues},
		{"POST /user_attributes/{user_attribute_id}/group_values", "set_user_attribute_group_values", making,
			setUserAttributeGroupValues},
	}
}

// openOperations are the operations that need no token.
func openOperations() []operation {
	return append(openLoginOperations(), []operation{
		{"GET /versions", "versions", read, versions},
		{"GET /alive", "alive", onlyBasic, alive},
		{"GET /swagger.json", "swagger", onlyBasic, swagger},
		{"GET /api_spec/{api_version}/{specification}", "api_spec", read, apiSpec},
	}...)
}

// paths returns all paths of an operation. Some clients leave out the version, with or without
// the slash behind it. The types of credentials are listed one by one, because http.ServeMux
// would refuse a wildcard there as a conflict with paths below a user.
func paths(op operation) []string {
	path := prefix + op.path()
	switch op.id {
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
		for _, kind := range credentialTypes() {
			paths = append(paths, strings.Replace(path, "{credential_type}", kind, 1))
		}
		return paths
	}
	return []string{path}
}
