package looker

import (
	"net/http"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "looker"

// APIVersion is the version of the API in paths.
const APIVersion = "4.0"

// prefix is the common path of all operations.
const prefix = "/api/" + APIVersion

// Config configures the dialect. Sessions is required.
type Config struct {
	dialect.Kit

	Sessions Sessions
	// Swagger and OpenAPI are the API description as JSON, in Swagger 2.0 and OpenAPI 3.
	// Either may be absent.
	Swagger, OpenAPI []byte
}

// A server serves operations.
type server struct {
	Config
	router    *httpkit.Router
	byPattern map[string]operation // written before the first request only
	identify  httpkit.Identify
}

// newServer returns a server that has no operation yet. It serves the pages of errors.
func newServer(cfg Config) *server {
	cfg.Kit = cfg.WithDefaults()
	s := &server{Config: cfg, byPattern: map[string]operation{}, identify: httpkit.ByToken(cfg.Sessions, &directory.Error{
		Kind: directory.KindUnauthenticated, Msg: "log in and send the header Authorization: Bearer <access_token>",
	})}
	s.router = cfg.Router(s.renderError, true)
	s.router.Handle("GET "+errorPages+"{rest...}", errorPage)
	s.router.Handle("GET "+strings.TrimSuffix(errorPages, "/"), errorPage)
	return s
}

// serve adds an operation that needs a token, at paths.
func (s *server) serve(op operation, paths ...string) { s.mount(op, s.authenticated(op), paths) }

// serveOpen adds an operation that needs no token, at paths.
func (s *server) serveOpen(op operation, paths ...string) { s.mount(op, s.unauthenticated(op), paths) }

// missing answers 404 at a pattern that another would match by mistake.
func (s *server) missing(pattern string) {
	s.router.Handle(pattern, func(http.ResponseWriter, *http.Request) error {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	})
}

// handler returns the handler of all operations.
func (s *server) handler() http.Handler { return s.router }

// mount registers an operation at all its paths, and its patterns for the rendering of errors.
func (s *server) mount(op operation, h httpkit.Handler, paths []string) {
	for _, path := range paths {
		pattern := op.method() + " " + path
		s.byPattern[pattern] = op
		s.router.Handle(pattern, h)
	}
}
