package looker

import (
	"cmp"
	"net/http"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/login"
	"cohort/internal/looker/protocol"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = protocol.Dialect

// Config configures the dialect.
type Config = protocol.Config

// Mounts returns the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{"/api/", "/versions", "/alive", protocol.ErrorPages} }

// New returns the handler for everything below /api/4.0, the other paths of login and logout,
// /versions, /alive and the pages of errors.
func New(cfg Config) http.Handler {
	s := protocol.NewServer(cfg)
	for _, op := range operations() {
		s.Serve(op, paths(op)...)
	}
	for _, op := range openOperations() {
		s.ServeOpen(op, paths(op)...)
	}
	for _, pattern := range missingRoutes() {
		s.Missing(pattern)
	}
	return s.Handler()
}

// CheckFacet refuses a facet of this dialect that the dialect could not read.
func CheckFacet(f directory.Facet) error {
	into := cmp.Or(document.FacetPlace(f.Kind), login.FacetPlace(f.Kind))
	if into == nil {
		return directory.Invalid("kind", "is none that looker keeps")
	}
	return json.Unmarshal([]byte(f.Data), into)
}
