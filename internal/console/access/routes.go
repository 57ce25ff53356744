package access

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
)

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/users/{id}/access", userAccess),
		pagekit.Page("/groups/{id}/access", groupAccess),
		pagekit.Action("/users/{id}/access", drafting.Act(userAccess, editUser)),
		pagekit.Action("/groups/{id}/access", drafting.Act(groupAccess, editGroupRoles)),
		pagekit.Present("/access", accessRoles),
		pagekit.Action("/access", drafting.Act(accessRoles, newRole)),
		pagekit.Present("/access/roles/{id}", accessRole),
		pagekit.Action("/access/roles/{id}", drafting.Act(accessRole, editRole)),
		pagekit.Present("/access/applications", accessApplications),
		pagekit.Action("/access/applications", newApplication),
		pagekit.Present("/access/applications/{id}", accessApplication),
		pagekit.Action("/access/applications/{id}", editApplication),
		pagekit.Present("/access/sessions", accessSessions),
		pagekit.Action("/access/sessions", endSession),
		pagekit.Present("/access/sign-in", accessSignIn),
		pagekit.Present("/access/scim", accessSCIM),
		pagekit.Action("/access/scim", newSCIM),
		pagekit.Present("/access/scim/{name}", accessSCIMClient),
		pagekit.Action("/access/scim/{name}", editSCIMClient),
		pagekit.Present("/access/lockouts", accessLockouts),
		pagekit.Action("/access/lockouts", clearLockout),
		pagekit.Present("/access/reveals", accessReveals),
	}
}
