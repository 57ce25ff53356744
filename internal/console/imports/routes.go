package imports

import "cohort/internal/console/pagekit"

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Present("/import", imports),
		pagekit.Action("/import", upload),
		pagekit.Present("/import/{import}", imported),
		pagekit.Present("/tables/{file}", importTemplate),
		pagekit.Action("/import/{import}", bringIn),
		pagekit.Present("/import/{import}/refused.csv", refusedRows),
	}
}
