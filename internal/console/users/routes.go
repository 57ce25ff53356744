package users

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
)

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/users", users),
		pagekit.Page("/users/{id}", userValues),
		pagekit.Page("/users/{id}/groups", userGroups),
		pagekit.Page("/users/{id}/history", userHistory),
		pagekit.Action("/users/{id}", drafting.Act(userValues, editUserValue)),
		pagekit.Action("/users", drafting.Act(users, editUsers)),
		pagekit.Action("/users/{id}/groups", drafting.Act(userGroups, editUserGroups)),
	}
}
