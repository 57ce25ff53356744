package looker

import (
	"cmp"
	"net/http"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// Mounts returns the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{"/api/", "/versions", "/alive", errorPages} }

// New returns the handler for everything below /api/4.0, the other paths of login and logout,
// /versions, /alive and the pages of errors.
func New(cfg Config) http.Handler {
	s := newServer(cfg)
	for _, op := range operations() {
		s.serve(op, paths(op)...)
	}
	for _, op := range openOperations() {
		s.serveOpen(op, paths(op)...)
	}
	for _, pattern := range missingRoutes() {
		s.missing(pattern)
	}
	return s.handler()
}

// CheckFacet refuses a facet of this dialect that the dialect could not read.
func CheckFacet(f directory.Facet) error {
	into := cmp.Or(facetPlace(f.Kind), settingPlace(f.Kind))
	if into == nil {
		return directory.Invalid("kind", "is none that looker keeps")
	}
	return json.Unmarshal([]byte(f.Data), into)
}
