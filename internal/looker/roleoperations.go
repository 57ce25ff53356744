package looker

// roleOperations are the operations of roles, their sets and their holders.
func roleOperations() []operation {
	permissions, models := permissionSets(), modelSets()
	return []operation{
		{"GET /permissions", "all_permissions", read, allPermissions},
		{"GET /permission_sets", "all_permission_sets", read, permissions.all},
		{"POST /permission_sets", "create_permission_set", making, permissions.create},
		{"GET /permission_sets/search", "search_permission_sets", read, permissions.search},
		{"GET /permission_sets/{permission_set_id}", "permission_set", read, permissions.show},
		{"PATCH /permission_sets/{permission_set_id}", "update_permission_set", changing, permissions.update},
		{"DELETE /permission_sets/{permission_set_id}", "delete_permission_set", removing, permissions.delete},

		{"GET /model_sets", "all_model_sets", onlyBasic, models.all},
		{"POST /model_sets", "create_model_set", making, models.create},
		{"GET /model_sets/search", "search_model_sets", read, models.search},
		{"GET /model_sets/{model_set_id}", "model_set", read, models.show},
		{"PATCH /model_sets/{model_set_id}", "update_model_set", changing, models.update},
		{"DELETE /model_sets/{model_set_id}", "delete_model_set", removing, models.delete},

		{"GET /roles", "all_roles", read, allRoles},
		{"POST /roles", "create_role", making, createRole},
		{"GET /roles/search", "search_roles", read, searchRoles},
		{"GET /roles/search/with_user_count", "search_roles_with_user_count", read, searchRolesWithUserCount},
		{"GET /roles/{role_id}", "role", read, role},
		{"PATCH /roles/{role_id}", "update_role", changing, updateRole},
		{"DELETE /roles/{role_id}", "delete_role", removing, deleteRole},
		{"GET /roles/{role_id}/groups", "role_groups", read, roleGroups},
		{"PUT /roles/{role_id}/groups", "set_role_groups", writing, setRoleGroups},
		{"GET /roles/{role_id}/users", "role_users", read, roleUsers},
		{"PUT /roles/{role_id}/users", "set_role_users", writingBuiltIn, setRoleUsers},

		{"GET /users/{user_id}/roles", "user_roles", read, userRoles},
		{"PUT /users/{user_id}/roles", "set_user_roles", guarded, setUserRoles},
	}
}
