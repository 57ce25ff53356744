package system

import "cohort/internal/console/pagekit"

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Present("/system", system),
	}
}
