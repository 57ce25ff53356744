package role

import (
	"cohort/internal/looker/protocol"
)

// Operations are the operations of roles, their sets and their holders.
func Operations() []protocol.Operation {
	permissions, models := permissionSets(), modelSets()
	return []protocol.Operation{
		protocol.Read.Op("GET /permissions", "all_permissions", allPermissions),
		protocol.Read.Op("GET /permission_sets", "all_permission_sets", permissions.all),
		protocol.Making.Op("POST /permission_sets", "create_permission_set", permissions.create),
		protocol.Read.Op("GET /permission_sets/search", "search_permission_sets", permissions.search),
		protocol.Read.Op("GET /permission_sets/{permission_set_id}", "permission_set", permissions.show),
		protocol.Changing.Op("PATCH /permission_sets/{permission_set_id}", "update_permission_set", permissions.update),
		protocol.Removing.Op("DELETE /permission_sets/{permission_set_id}", "delete_permission_set", permissions.delete),

		protocol.OnlyBasic.Op("GET /model_sets", "all_model_sets", models.all),
		protocol.Making.Op("POST /model_sets", "create_model_set", models.create),
		protocol.Read.Op("GET /model_sets/search", "search_model_sets", models.search),
		protocol.Read.Op("GET /model_sets/{model_set_id}", "model_set", models.show),
		protocol.Changing.Op("PATCH /model_sets/{model_set_id}", "update_model_set", models.update),
		protocol.Removing.Op("DELETE /model_sets/{model_set_id}", "delete_model_set", models.delete),

		protocol.Read.Op("GET /roles", "all_roles", allRoles),
		protocol.Making.Op("POST /roles", "create_role", createRole),
		protocol.Read.Op("GET /roles/search", "search_roles", searchRoles),
		protocol.Read.Op("GET /roles/search/with_user_count", "search_roles_with_user_count", searchRolesWithUserCount),
		protocol.Read.Op("GET /roles/{role_id}", "role", role),
		protocol.Changing.Op("PATCH /roles/{role_id}", "update_role", updateRole),
		protocol.Removing.Op("DELETE /roles/{role_id}", "delete_role", deleteRole),
		protocol.Read.Op("GET /roles/{role_id}/groups", "role_groups", roleGroups),
		protocol.Writing.Op("PUT /roles/{role_id}/groups", "set_role_groups", setRoleGroups),
		protocol.Read.Op("GET /roles/{role_id}/users", "role_users", roleUsers),
		protocol.WritingBuiltIn.Op("PUT /roles/{role_id}/users", "set_role_users", setRoleUsers),

		protocol.Read.Op("GET /users/{user_id}/roles", "user_roles", userRoles),
		protocol.Guarded.Op("PUT /users/{user_id}/roles", "set_user_roles", setUserRoles),
	}
}
