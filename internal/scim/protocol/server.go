package protocol

import (
	"context"
	"net/http"
	"net/netip"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/clients"
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
	Clients  *clients.Registry
	// ParseToken splits a token into id and secret.
	ParseToken func(token string) (id, secret string, ok bool)
	// Key signs cursors.
	Key []byte
	// MembersAtOnce is how many members one change takes. 0 means as many as possible.
	MembersAtOnce int
	// OpenAPI and OpenAPIJSON describe this dialect.
	OpenAPI, OpenAPIJSON []byte
}

// A Server serves the routes of the dialect.
type Server struct {
	Config
	router *httpkit.Router
}

// NewServer returns a server that has no route yet.
func NewServer(cfg Config) *Server {
	cfg.Kit = cfg.WithDefaults()
	s := &Server{Config: cfg}
	s.router = cfg.Router(s.renderError, true)
	return s
}

// A Route is the handler of an authenticated request.
type Route struct {
	method, path string
	handle       func(*Request) error
}

// On returns a route.
func On(method, path string, handle func(*Request) error) Route { return Route{method, path, handle} }

// Pattern returns method and path, as http.ServeMux reads them.
func (r Route) Pattern() string { return r.method + " " + Root + r.path }

// Serve adds a route.
func (s *Server) Serve(r Route) { s.router.Handle(r.Pattern(), s.authenticated(r)) }

// Document adds a discovery document, which make makes, at a path.
func (s *Server) Document(path string, make func(*Request) (any, error)) {
	s.router.Handle("GET "+Root+path, s.discover(make))
}

// Description adds a description of the dialect, for everybody, at a path.
func (s *Server) Description(path string, text []byte, kind string) {
	s.router.Handle("GET "+Root+path, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.Enter(r); err != nil {
			return err
		}
		httpkit.WriteBody(w, http.StatusOK, kind, text)
		return nil
	})
}

// Handler returns the handler of all routes.
func (s *Server) Handler() http.Handler { return s.router }

// baseOf returns the URL below which everything is served.
func (s *Server) baseOf(r *http.Request) string { return httpkit.BaseURL(s.BaseURL, r) + Root }
