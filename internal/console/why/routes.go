package why

import "cohort/internal/console/pagekit"

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/why", askWhy),
		pagekit.Page("/users/{id}/why/{attribute}", why),
		pagekit.Present("/users/{id}/why/{attribute}/timeline", timeline),
		pagekit.Present("/users/{id}/why/{attribute}/what-if", whatIf),
		pagekit.Action("/users/{id}/why/{attribute}/what-if", suppose),
		pagekit.Page("/groups/{id}/why/{attribute}", why),
		pagekit.Present("/groups/{id}/why/{attribute}/timeline", timeline),
		pagekit.Present("/groups/{id}/why/{attribute}/what-if", whatIf),
		pagekit.Action("/groups/{id}/why/{attribute}/what-if", suppose),
		pagekit.Page("/compare", compare),
	}
}
