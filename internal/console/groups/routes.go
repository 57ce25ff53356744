package groups

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
)

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/groups", groups),
		pagekit.Page("/groups/{id}", groupValues),
		pagekit.Page("/groups/{id}/members", groupMembers),
		pagekit.Page("/groups/{id}/nesting", groupNesting),
		pagekit.Page("/groups/{id}/history", groupHistory),
		pagekit.Action("/groups/{id}", drafting.Act(groupValues, editGroupValue)),
		pagekit.Action("/groups", drafting.Act(groups, newGroup)),
		pagekit.Action("/groups/{id}/members", drafting.Act(groupMembers, editMembers)),
		pagekit.Action("/groups/{id}/nesting", drafting.Act(groupNesting, editNesting)),
	}
}
