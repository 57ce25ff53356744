package login

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// OpenOperations lists the operations that need no token.
func OpenOperations() []protocol.Operation {
	return []protocol.Operation{protocol.Read.Op("POST /login", "login", login)}
}

// Operations lists the operations that need a token.
func Operations() []protocol.Operation {
	return slices.Concat(sessionOperations(), credentialOperations(), identityOperations(), settingOperations())
}

// sessionOperations are the operations of sessions and of finding and making users by how they log in.
func sessionOperations() []protocol.Operation {
	return []protocol.Operation{
		protocol.Guarded.Op("POST /login/{user_id}", "login_user", loginUser),
		protocol.Read.Op("DELETE /logout", "logout", logout),
		protocol.Read.Op("GET /session", "session", session),
		protocol.FreeWriter.Op("PATCH /session", "update_session", updateSession),
		protocol.Read.Op("POST /users/embed_user", "create_embed_user", createEmbedUser),
		protocol.Guarded.Op("GET /users/credential/{credential_type}/{credential_id}", "user_for_credential",
			userForCredential),
		protocol.MakingFor.Op("POST /users/{user_id}/update_emails", "wipeout_user_emails", updateEmails),
	}
}

// credentialOperations are the operations of login e-mails and API credentials.
func credentialOperations() []protocol.Operation {
	return []protocol.Operation{
		protocol.Guarded.Op("GET /credentials_email/search", "search_credentials_email", searchEmailCredentials),
		protocol.Guarded.Op("GET /users/{user_id}/credentials_email", "user_credentials_email", emailCredentialOf),
		protocol.MakingFor.Op("POST /users/{user_id}/credentials_email", "create_user_credentials_email",
			createEmailCredential),
		protocol.Writing.Op("PATCH /users/{user_id}/credentials_email", "update_user_credentials_email",
			updateEmailCredential),
		protocol.Guarded.Op("DELETE /users/{user_id}/credentials_email", "delete_user_credentials_email",
			deleteEmailCredential),
		protocol.Guarded.Op("POST /users/{user_id}/credentials_email/password_reset",
			"create_user_credentials_email_password_reset", resetPassword),
		protocol.Guarded.Op("POST /users/{user_id}/credentials_email/send_password_reset",
			"send_user_credentials_email_password_reset", resetPassword),

		protocol.Guarded.Op("GET /users/{user_id}/credentials_api3", "all_user_credentials_api3s", allAPICredentials),
		protocol.MakingFor.Op("POST /users/{user_id}/credentials_api3", "create_user_credentials_api3", createAPICredential),
		protocol.Guarded.Op("GET /users/{user_id}/credentials_api3/{credentials_api3_id}", "user_credentials_api3",
			apiCredentialOf),
		protocol.Guarded.Op("DELETE /users/{user_id}/credentials_api3/{credentials_api3_id}", "delete_user_credentials_api3",
			deleteAPICredential),
	}
}

// identityOperations are the operations of identity providers and of sessions.
func identityOperations() []protocol.Operation {
	list := []protocol.Operation{
		protocol.MakingFor.Op("POST /users/{user_id}/credentials_totp", "create_user_credentials_totp", createTOTP),
		protocol.Guarded.Op("GET /users/{user_id}/credentials_embed", "all_user_credentials_embeds", allEmbedCredentials),
		protocol.Guarded.Op("GET /users/{user_id}/credentials_embed/{credentials_embed_id}", "user_credentials_embed",
			embedCredential),
		protocol.Guarded.Op("DELETE /users/{user_id}/credentials_embed/{credentials_embed_id}",
			"delete_user_credentials_embed", deleteEmbedCredential),

		protocol.Guarded.Op("GET /users/{user_id}/sessions", "all_user_sessions", allUserSessions),
		protocol.Guarded.Op("GET /users/{user_id}/sessions/{session_id}", "user_session", showUserSession),
		protocol.Guarded.Op("DELETE /users/{user_id}/sessions/{session_id}", "delete_user_session", deleteUserSession),
	}
	for _, kind := range []directory.CredentialKind{
		directory.CredentialTOTP, directory.CredentialLDAP, directory.CredentialGoogle, directory.CredentialSAML,
		directory.CredentialOIDC, directory.CredentialLookerOpenID,
	} {
		path, id := " /users/{user_id}/credentials_"+string(kind), "user_credentials_"+string(kind)
		list = append(list,
			protocol.Guarded.Op("GET"+path, id, identity(kind)),
			protocol.Guarded.Op("DELETE"+path, "delete_"+id, deleteIdentity(kind)))
	}
	return list
}

// settingOperations are the operations of directory-wide settings.
func settingOperations() []protocol.Operation {
	return []protocol.Operation{
		protocol.Guarded.Op("GET /password_config", "password_config", showPasswordConfig),
		protocol.Writing.Op("PATCH /password_config", "update_password_config", updatePasswordConfig),
		protocol.Writing.Op("PUT /password_config/force_password_reset_at_next_login_for_all_users",
			"force_password_reset_at_next_login_for_all_users", forceResets),
		protocol.Read.Op("GET /session_config", "session_config", showSessionConfig),
		protocol.FreeWriter.Op("PATCH /session_config", "update_session_config", updateSessionConfig),
		protocol.Read.Op("GET /user_login_lockouts", "all_user_login_lockouts", allLockouts),
		protocol.Read.Op("GET /user_login_lockouts/search", "search_user_login_lockouts", searchLockouts),
		protocol.Read.Op("DELETE /user_login_lockout/{key}", "delete_user_login_lockout", deleteLockout),
	}
}
