package findings

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
)

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/findings", findings),
		pagekit.Action("/findings", drafting.Act(findings, editFindings)),
	}
}
