package changes

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
)

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/changes", changes),
		pagekit.Page("/changes/{revision}", change),
		pagekit.Action("/changes/{revision}", drafting.Act(change, revertChange)),
	}
}
