package pagekit

// Routes returns the routes of the package.
func Routes() []Route {
	return []Route{
		Action("/theme", setTheme),
		Present("/as-of", asOf),
		Present("/events", events),
	}
}
