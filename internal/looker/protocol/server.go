package protocol

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

// Prefix is the common path of all operations.
const Prefix = "/api/" + APIVersion

// Config configures the dialect. Sessions is required.
type Config struct {
	dialect.Kit

	Sessions Sessions
	// Swagger and OpenAPI are the API description as JSON, in Swagger 2.0 and OpenAPI 3.
	// Either may be absent.
	Swagger, OpenAPI []byte
}

// A Server serves operations.
type Server struct {
	Config
	router    *httpkit.Router
	byPattern map[string]Operation // written before the first request only
	identify  httpkit.Identify
}

// NewServer returns a server that has no operation yet. It serves the pages of errors.
func NewServer(cfg Config) *Server {
	cfg.Kit = cfg.WithDefaults()
	s := &Server{Config: cfg, byPattern: map[string]Operation{}, identify: httpkit.ByToken(cfg.Sessions, &directory.Error{
		Kind: directory.KindUnauthenticated, Msg: "log in and send the header Authorization: Bearer <access_token>",
	})}
	s.router = cfg.Router(s.renderError, true)
	s.router.Handle("GET "+ErrorPages+"{rest...}", errorPage)
	s.router.Handle("GET "+strings.TrimSuffix(ErrorPages, "/"), errorPage)
	return s
}

// Serve adds an operation that needs a token, at paths.
func (s *Server) Serve(op Operation, paths ...string) { s.mount(op, s.authenticated(op), paths) }

// ServeOpen adds an operation that needs no token, at paths.
func (s *Server) ServeOpen(op Operation, paths ...string) { s.mount(op, s.unauthenticated(op), paths) }

// Missing answers 404 at a pattern that another would match by mistake.
func (s *Server) Missing(pattern string) {
	s.router.Handle(pattern, func(http.ResponseWriter, *http.Request) error {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	})
}

// Handler returns the handler of all operations.
func (s *Server) Handler() http.Handler { return s.router }

// mount registers an operation at all its paths, and its patterns for the rendering of errors.
func (s *Server) mount(op Operation, h httpkit.Handler, paths []string) {
	for _, path := range paths {
		pattern := op.Method() + " " + path
		s.byPattern[pattern] = op
		s.router.Handle(pattern, h)
	}
}
