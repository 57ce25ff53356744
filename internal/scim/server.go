package scim

import (
	"context"
	"net/http"
	"net/netip"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/view"
)

// Root is the path below which everything is served.
const Root = "/scim/v2"

// A Directory is the directory as one caller sees it.
type Directory = *view.View

// Sessions authenticates callers.
type Sessions interface {
	// AuthenticateSCIM returns the identity provider with an id and a secret. A wrong pair is
	// unauthenticated.
	AuthenticateSCIM(ctx context.Context, id, secret string, from netip.Addr) (directory.Caller, error)
}

// Config configures the dialect. Everything but Key, MembersAtOnce and the documents is
// required.
type Config struct {
	dialect.Kit

	Sessions Sessions
	Clients  *Clients
	// ParseToken splits a token into id and secret.
	ParseToken func(token string) (id, secret string, ok bool)
	// Key signs cursors.
	Key []byte
	// MembersAtOnce is how many members one change takes. 0 means as many as possible.
	MembersAtOnce int
	// OpenAPI and OpenAPIJSON describe this dialect.
	OpenAPI, OpenAPIJSON []byte
}

// A server serves the routes of the dialect.
type server struct {
	Config
	router *httpkit.Router
}

// newServer returns a server that has no route yet.
func newServer(cfg Config) *server {
	cfg.Kit = cfg.WithDefaults()
	s := &server{Config: cfg}
	s.router = cfg.Router(s.renderError, true)
	return s
}

// A route is the handler of an authenticated request.
type route struct {
	method, path string
	handle       func(*request) error
}

// on returns a route.
func on(method, path string, handle func(*request) error) route { return route{method, path, handle} }

// pattern returns method and path, as http.ServeMux reads them.
func (r route) pattern() string { return r.method + " " + Root + r.path }

// serve adds a route.
func (s *server) serve(r route) { s.router.Handle(r.pattern(), s.authenticated(r)) }

// document adds a discovery document, which make makes, at a path.
func (s *server) document(path string, make func(*request) (any, error)) {
	s.router.Handle("GET "+Root+path, s.discover(make))
}

// description adds a description of the dialect, for everybody, at a path.
func (s *server) description(path string, text []byte, kind string) {
	s.router.Handle("GET "+Root+path, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.Enter(r); err != nil {
			return err
		}
		httpkit.WriteBody(w, http.StatusOK, kind, text)
		return nil
	})
}

// handler returns the handler of all routes.
func (s *server) handler() http.Handler { return s.router }

// baseOf returns the URL below which everything is served.
func (s *server) baseOf(r *http.Request) string { return httpkit.BaseURL(s.BaseURL, r) + Root }
