package looker

import (
	"slices"

	"cohort/internal/directory"
)

// openLoginOperations lists the operations that need no token.
func openLoginOperations() []operation {
	return []operation{{"POST /login", "login", read, login}}
}

// loginOperations lists the operations that need a token.
func loginOperations() []operation {
	return slices.Concat(sessionOperations(), credentialOperations(), identityOperations(), settingOperations())
}

// sessionOperations are the operations of sessions and of finding and making users by how they log in.
func sessionOperations() []operation {
	return []operation{
		{"POST /login/{user_id}", "login_user", guarded, loginUser},
		{"DELETE /logout", "logout", read, logout},
		{"GET /session", "session", read, session},
		{"PATCH /session", "update_session", freeWriter, updateSession},
		{"POST /users/embed_user", "create_embed_user", read, createEmbedUser},
		{"GET /users/credential/{credential_type}/{credential_id}", "user_for_credential", guarded, userForCredential},
		{"POST /users/{user_id}/update_emails", "wipeout_user_emails", makingFor, updateEmails},
	}
}

// credentialOperations are the operations of login e-mails and API credentials.
func credentialOperations() []operation {
	return []operation{
		{"GET /credentials_email/search", "search_credentials_email", guarded, searchEmailCredentials},
		{"GET /users/{user_id}/credentials_email", "user_credentials_email", guarded, emailCredentialOf},
		{"POST /users/{user_id}/credentials_email", "create_user_credentials_email", makingFor, createEmailCredential},
		{"PATCH /users/{user_id}/credentials_email", "update_user_credentials_email", writing, updateEmailCredential},
		{"DELETE /users/{user_id}/credentials_email", "delete_user_credentials_email", guarded, deleteEmailCredential},
		{"POST /users/{user_id}/credentials_email/password_reset", "create_user_credentials_email_password_reset", guarded,
			resetPassword},
		{"POST /users/{user_id}/credentials_email/send_password_reset", "send_user_credentials_email_password_reset", guarded,
			resetPassword},

		{"GET /users/{user_id}/credentials_api3", "all_user_credentials_api3s", guarded, allAPICredentials},
		{"POST /users/{user_id}/credentials_api3", "create_user_credentials_api3", makingFor, createAPICredential},
		{"GET /users/{user_id}/credentials_api3/{credentials_api3_id}", "user_credentials_api3", guarded, apiCredentialOf},
		{"DELETE /users/{user_id}/credentials_api3/{credentials_api3_id}", "delete_user_credentials_api3", guarded,
			deleteAPICredential},
	}
}

// identityOperations are the operations of identity providers and of sessions.
func identityOperations() []operation {
	list := []operation{
		{"POST /users/{user_id}/credentials_totp", "create_user_credentials_totp", makingFor, createTOTP},
		{"GET /users/{user_id}/credentials_embed", "all_user_credentials_embeds", guarded, allEmbedCredentials},
		{"GET /users/{user_id}/credentials_embed/{credentials_embed_id}", "user_credentials_embed", guarded,
			embedCredential},
		{"DELETE /users/{user_id}/credentials_embed/{credentials_embed_id}", "delete_user_credentials_embed", guarded,
			deleteEmbedCredential},

		{"GET /users/{user_id}/sessions", "all_user_sessions", guarded, allUserSessions},
		{"GET /users/{user_id}/sessions/{session_id}", "user_session", guarded, showUserSession},
		{"DELETE /users/{user_id}/sessions/{session_id}", "delete_user_session", guarded, deleteUserSession},
	}
	for _, kind := range []directory.CredentialKind{
		directory.CredentialTOTP, directory.CredentialLDAP, directory.CredentialGoogle, directory.CredentialSAML,
		directory.CredentialOIDC, directory.CredentialLookerOpenID,
	} {
		path, id := " /users/{user_id}/credentials_"+string(kind), "user_credentials_"+string(kind)
		list = append(list,
			operation{"GET" + path, id, guarded, identity(kind)},
			operation{"DELETE" + path, "delete_" + id, guarded, deleteIdentity(kind)})
	}
	return list
}

// settingOperations are the operations of directory-wide settings.
func settingOperations() []operation {
	return []operation{
		{"GET /password_config", "password_config", guarded, showPasswordConfig},
		{"PATCH /password_config", "update_password_config", writing, updatePasswordConfig},
		{"PUT /password_config/force_password_reset_at_next_login_for_all_users",
			"force_password_reset_at_next_login_for_all_users", writing, forceResets},
		{"GET /session_config", "session_config", read, showSessionConfig},
		{"PATCH /session_config", "update_session_config", freeWriter, updateSessionConfig},
		{"GET /user_login_lockouts", "all_user_login_lockouts", read, allLockouts},
		{"GET /user_login_lockouts/search", "search_user_login_lockouts", read, searchLockouts},
		{"DELETE /user_login_lockout/{key}", "delete_user_login_lockout", read, deleteLockout},
	}
}
