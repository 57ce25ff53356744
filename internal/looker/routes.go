package looker

import (
	"net/http"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// prefix is the common path of all operations.
const prefix = "/api/" + APIVersion

// statuses is the set of error statuses that the vendor's description lists for an operation,
// beside 404 and 429, which all operations have.
type statuses uint8

const (
	has400 statuses = 1 << iota
	has403
	has405
	has409
	has422
)

func (s statuses) has(status int) bool {
	switch status {
	case http.StatusBadRequest:
		return s&has400 != 0
	case http.StatusForbidden:
		return s&has403 != 0
	case http.StatusMethodNotAllowed:
		return s&has405 != 0
	case http.StatusConflict:
		return s&has409 != 0
	case http.StatusUnprocessableEntity:
		return s&has422 != 0
	}
	return false
}

// The sets that operations use.
const (
	onlyBasic  statuses = 0
	read       statuses = has400
	guarded    statuses = has400 | has403
	making     statuses = has400 | has409 | has422
	writing    statuses = has400 | has403 | has422
	makingFor  statuses = has400 | has403 | has409 | has422
	freeWriter statuses = has400 | has422
	changing   statuses = has400 | has405 | has422
	removing   statuses = has400 | has405
)

// An operation is one entry of the vendor's API.
type operation struct {
	route  string // method and path below prefix
	id     string // the vendor's operationId
	errors statuses
	handle func(*request) error
}

func (op operation) method() string { m, _, _ := strings.Cut(op.route, " "); return m }
func (op operation) path() string   { _, p, _ := strings.Cut(op.route, " "); return p }

// operations lists the operations that need a token.
func (a *api) operations() []operation {
	return slices.Concat(a.userOperations(), a.groupOperations(), a.attributeOperations(), a.roleOperations(),
		a.identityOperations(), a.settingOperations(),
		a.contentOperations())
}

// userOperations are the operations of sessions, users and what belongs to users.
func (a *api) userOperations() []operation {
	return []operation{
		{"POST /login/{user_id}", "login_user", guarded, a.loginUser},
		{"DELETE /logout", "logout", read, a.logout},
		{"GET /session", "session", read, a.session},
		{"PATCH /session", "update_session", freeWriter, a.updateSession},

		{"GET /user", "me", onlyBasic, a.me},
		{"GET /users", "all_users", read, a.allUsers},
		{"POST /users", "create_user", making, a.createUser},
		{"GET /users/search", "search_users", read, a.searchUsers},
		{"GET /users/search/names/{pattern}", "search_users_names", read, a.searchUsersNames},
		{"POST /users/embed_user", "create_embed_user", read, a.createEmbedUser},
		{"GET /users/credential/{credential_type}/{credential_id}", "user_for_credential", guarded, a.userForCredential},
		{"GET /users/{user_id}", "user", read, a.user},
		{"PATCH /users/{user_id}", "update_user", writing, a.updateUser},
		{"DELETE /users/{user_id}", "delete_user", guarded, a.deleteUser},
		{"POST /users/{user_id}/update_emails", "wipeout_user_emails", makingFor, a.updateEmails},

		{"GET /users/{user_id}/attribute_values", "user_attribute_user_values", onlyBasic, a.userValues},
		{"PATCH /users/{user_id}/attribute_values/{user_attribute_id}", "set_user_attribute_user_value", writing,
			a.setUserValue},
		{"DELETE /users/{user_id}/attribute_values/{user_attribute_id}", "delete_user_attribute_user_value", guarded,
			a.deleteUserValue},

		{"GET /credentials_email/search", "search_credentials_email", guarded, a.searchEmailCredentials},
		{"GET /users/{user_id}/credentials_email", "user_credentials_email", guarded, a.emailCredentialOf},
		{"POST /users/{user_id}/credentials_email", "create_user_credentials_email", makingFor, a.createEmailCredential},
		{"PATCH /users/{user_id}/credentials_email", "update_user_credentials_email", writing, a.updateEmailCredential},
		{"DELETE /users/{user_id}/credentials_email", "delete_user_credentials_email", guarded, a.deleteEmailCredential},
		{"POST /users/{user_id}/credentials_email/password_reset", "create_user_credentials_email_password_reset", guarded,
			a.resetPassword},
		{"POST /users/{user_id}/credentials_email/send_password_reset", "send_user_credentials_email_password_reset", guarded,
			a.resetPassword},

		{"GET /users/{user_id}/credentials_api3", "all_user_credentials_api3s", guarded, a.allAPICredentials},
		{"POST /users/{user_id}/credentials_api3", "create_user_credentials_api3", makingFor, a.createAPICredential},
		{"GET /users/{user_id}/credentials_api3/{credentials_api3_id}", "user_credentials_api3", guarded, a.apiCredentialOf},
		{"DELETE /users/{user_id}/credentials_api3/{credentials_api3_id}", "delete_user_credentials_api3", guarded,
			a.deleteAPICredential},
	}
}

// groupOperations are the operations of groups and what belongs to groups.
func (a *api) groupOperations() []operation {
	return []operation{
		{"GET /groups", "all_groups", read, a.allGroups},
		{"POST /groups", "create_group", making, a.createGroup},
		{"GET /groups/search", "search_groups", read, a.searchGroups},
		{"GET /groups/search/with_roles", "search_groups_with_roles", read, a.searchGroupsWithRoles},
		{"GET /groups/search/with_hierarchy", "search_groups_with_hierarchy", read, a.searchGroupsWithHierarchy},
		{"GET /groups/{group_id}", "group", read, a.group},
		{"PATCH /groups/{group_id}", "update_group", writing, a.updateGroup},
		{"DELETE /groups/{group_id}", "delete_group", guarded, a.deleteGroup},
		{"GET /groups/{group_id}/groups", "all_group_groups", read, a.allGroupGroups},
		{"POST /groups/{group_id}/groups", "add_group_group", guarded, a.addGroupGroup},
		{"DELETE /groups/{group_id}/groups/{deleting_group_id}", "delete_group_from_group", guarded, a.deleteGroupFromGroup},
		{"GET /groups/{group_id}/users", "all_group_users", read, a.allGroupUsers},
		{"POST /groups/{group_id}/users", "add_group_user", guarded, a.addGroupUser},
		{"DELETE /groups/{group_id}/users/{user_id}", "delete_group_user", guarded, a.deleteGroupUser},
		{"PATCH /groups/{group_id}/attribute_values/{user_attribute_id}", "update_user_attribute_group_value", writing,
			a.updateUserAttributeGroupValue},
		{"DELETE /groups/{group_id}/attribute_values/{user_attribute_id}", "delete_user_attribute_group_value", guarded,
			a.deleteUserAttributeGroupValue},
	}
}

// attributeOperations are the operations of attributes.
func (a *api) attributeOperations() []operation {
	return []operation{
		{"GET /user_attributes", "all_user_attributes", read, a.allUserAttributes},
		{"POST /user_attributes", "create_user_attribute", making, a.createUserAttribute},
		{"GET /user_attributes/{user_attribute_id}", "user_attribute", read, a.userAttribute},
		{"PATCH /user_attributes/{user_attribute_id}", "update_user_attribute", freeWriter, a.updateUserAttribute},
		{"DELETE /user_attributes/{user_attribute_id}", "delete_user_attribute", read, a.deleteUserAttribute},
		{"GET /user_attributes/{user_attribute_id}/group_values", "all_user_attribute_group_values", read,
			a.allUserAttributeGroupValues},
		{"POST /user_attributes/{user_attribute_id}/group_values", "set_user_attribute_group_values", making,
			a.setUserAttributeGroupValues},
	}
}

// identityOperations are the operations of identity providers and of sessions.
func (a *api) identityOperations() []operation {
	list := []operation{
		{"POST /users/{user_id}/credentials_totp", "create_user_credentials_totp", makingFor, a.createTOTP},
		{"GET /users/{user_id}/credentials_embed", "all_user_credentials_embeds", guarded, a.allEmbedCredentials},
		{"GET /users/{user_id}/credentials_embed/{credentials_embed_id}", "user_credentials_embed", guarded,
			a.embedCredential},
		{"DELETE /users/{user_id}/credentials_embed/{credentials_embed_id}", "delete_user_credentials_embed", guarded,
			a.deleteEmbedCredential},

		{"GET /users/{user_id}/sessions", "all_user_sessions", guarded, a.allUserSessions},
		{"GET /users/{user_id}/sessions/{session_id}", "user_session", guarded, a.showUserSession},
		{"DELETE /users/{user_id}/sessions/{session_id}", "delete_user_session", guarded, a.deleteUserSession},
	}
	for _, kind := range []directory.CredentialKind{
		directory.CredentialTOTP, directory.CredentialLDAP, directory.CredentialGoogle, directory.CredentialSAML,
		directory.CredentialOIDC, directory.CredentialLookerOpenID,
	} {
		path, id := " /users/{user_id}/credentials_"+string(kind), "user_credentials_"+string(kind)
		list = append(list,
			operation{"GET" + path, id, guarded, a.identity(kind)},
			operation{"DELETE" + path, "delete_" + id, guarded, a.deleteIdentity(kind)})
	}
	return list
}

// settingOperations are the operations of directory-wide settings.
func (a *api) settingOperations() []operation {
	return []operation{
		{"GET /password_config", "password_config", guarded, a.passwordConfig},
		{"PATCH /password_config", "update_password_config", writing, a.updatePasswordConfig},
		{"PUT /password_config/force_password_reset_at_next_login_for_all_users",
			"force_password_reset_at_next_login_for_all_users", writing, a.forceResets},
		{"GET /session_config", "session_config", read, a.sessionConfig},
		{"PATCH /session_config", "update_session_config", freeWriter, a.updateSessionConfig},
		{"GET /user_login_lockouts", "all_user_login_lockouts", read, a.allLockouts},
		{"GET /user_login_lockouts/search", "search_user_login_lockouts", read, a.searchLockouts},
		{"DELETE /user_login_lockout/{key}", "delete_user_login_lockout", read, a.deleteLockout},
	}
}

// roleOperations are the operations of roles, their sets and their holders.
func (a *api) roleOperations() []operation {
	permissions, models := permissionSets(), modelSets()
	return []operation{
		{"GET /permissions", "all_permissions", read, a.allPermissions},
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

		{"GET /roles", "all_roles", read, a.allRoles},
		{"POST /roles", "create_role", making, a.createRole},
		{"GET /roles/search", "search_roles", read, a.searchRoles},
		{"GET /roles/search/with_user_count", "search_roles_with_user_count", read, a.searchRolesWithUserCount},
		{"GET /roles/{role_id}", "role", read, a.role},
		{"PATCH /roles/{role_id}", "update_role", changing, a.updateRole},
		{"DELETE /roles/{role_id}", "delete_role", removing, a.deleteRole},
		{"GET /roles/{role_id}/groups", "role_groups", read, a.roleGroups},
		{"PUT /roles/{role_id}/groups", "set_role_groups", writing, a.setRoleGroups},
		{"GET /roles/{role_id}/users", "role_users", read, a.roleUsers},
		{"PUT /roles/{role_id}/users", "set_role_users", writing | has405, a.setRoleUsers},

		{"GET /users/{user_id}/roles", "user_roles", read, a.userRoles},
		{"PUT /users/{user_id}/roles", "set_user_roles", guarded, a.setUserRoles},
	}
}

// openOperations are the operations that need no token.
func (a *api) openOperations() []operation {
	return []operation{
		{"POST /login", "login", read, a.login},
		{"GET /versions", "versions", read, a.versions},
		{"GET /alive", "alive", onlyBasic, a.alive},
		{"GET /swagger.json", "swagger", onlyBasic, a.swagger},
		{"GET /api_spec/{api_version}/{specification}", "api_spec", read, a.apiSpec},
	}
}

// paths returns the paths of an operation. Some clients leave out the version, with or without
// the slash behind it. The types of credentials are listed one by one, because http.ServeMux
// would refuse a wildcard there as a conflict with paths below a user.
func (op operation) paths() []string {
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
