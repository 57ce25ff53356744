package pagekit

import (
	"net/http"

	"cohort/internal/httpkit"
)

// A Route is one page, or one action, for people who are signed in.
type Route struct {
	Method string
	Path   string // below Root
	Past   bool   // whether the page can show the past
	Handle func(*Request) error
}

// PastPath is the prefix of pages of the past, below Root.
const PastPath = "/at/{past}"

// Page returns the route of a page that can also show the past.
func Page(path string, handle func(*Request) error) Route {
	return Route{http.MethodGet, path, true, handle}
}

// Present returns the route of a page that shows only the present.
func Present(path string, handle func(*Request) error) Route {
	return Route{http.MethodGet, path, false, handle}
}

// Action returns the route of a form.
func Action(path string, handle func(*Request) error) Route {
	return Route{http.MethodPost, path, false, handle}
}

// Add adds routes to a router.
func (c *Console) Add(rt *httpkit.Router, routes []Route) {
	for _, route := range routes {
		rt.Handle(route.Method+" "+Root+route.Path, c.signedIn(route))
		if route.Past {
			rt.Handle(route.Method+" "+Root+PastPath+route.Path, c.signedIn(route))
		}
	}
}
