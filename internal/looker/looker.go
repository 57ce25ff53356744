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

// The versions that this dialect reports.
const (
	APIVersion     = "4.0"
	FullVersion    = "4.0.24.6"
	ReleaseVersion = "24.6.13"
)

// Config configures the dialect. Sessions is required.
type Config struct {
	dialect.Kit

	Sessions Sessions
	// Swagger and OpenAPI are the API description as JSON, in Swagger 2.0 and OpenAPI 3.
	// Either may be absent.
	Swagger, OpenAPI []byte
}

// Mounts returns the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{"/api/", "/versions", "/alive", errorPages} }

type api struct {
	Config
	byPattern map[string]operation // written by New only
	identify  httpkit.Identify
}

// New returns the handler for everything below /api/4.0, the other paths of login and logout,
// /versions, /alive and the pages of errors.
func New(cfg Config) http.Handler {
	cfg.Kit = cfg.WithDefaults()
	a := &api{Config: cfg, byPattern: map[string]operation{}, identify: httpkit.ByToken(cfg.Sessions, &directory.Error{
		Kind: directory.KindUnauthenticated, Msg: "log in and send the header Authorization: Bearer <access_token>",
	})}
	rt := cfg.Router(a.renderError, true)
	for _, op := range a.operations() {
		a.mount(rt, op, a.authenticated(op))
	}
	for _, op := range a.openOperations() {
		a.mount(rt, op, a.unauthenticated(op))
	}
	for _, pattern := range a.missingRoutes() {
		rt.Handle(pattern, missing)
	}
	rt.Handle("GET "+errorPages+"{rest...}", errorPage)
	rt.Handle("GET "+strings.TrimSuffix(errorPages, "/"), errorPage)
	return rt
}

// mount registers an operation at all its paths, and its patterns for the rendering of errors.
func (a *api) mount(rt *httpkit.Router, op operation, h httpkit.Handler) {
	for _, path := range op.paths() {
		pattern := op.method() + " " + path
		a.byPattern[pattern] = op
		rt.Handle(pattern, h)
	}
}
