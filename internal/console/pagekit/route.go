package pagekit

import (
	"net/http"

	"cohort/internal/httpkit"
)

// A Route is one page, or one action, for people who are signed in.
type Route struct {
	Method string
	Path   string // below Root
	Past   bool   // the page can be turned back in time
	Handle func(*Request) error
}

// PastPath is what the paths of pages of the past begin with, below Root.
const PastPath = "/at/{past}"

// Page is the route of a page that can be turned back in time.
func Page(path string, handle func(*Request) error) Route {
	return Route{http.MethodGet, path, true, handle}
}

// Present is the route of a page that knows only the present.
func Present(path string, handle func(*Request) error) Route {
	return Route{http.MethodGet, path, false, handle}
}

// Action is the route of a form that is sent.
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
