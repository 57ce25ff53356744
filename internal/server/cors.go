package server

import (
	"net/http"
	"slices"
	"strings"
)

// Methods and headers that browsers may send from other origins, and reply headers that their
// scripts may read. Browsers never send credentials of their own; callers present a token.
const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Accept, X-Looker-AppId, If-Match, If-None-Match, Idempotency-Key, " +
		"Cohort-Comment, " +
		"Cohort-Preview, Cohort-Min-Revision, Cohort-Consistency"
	corsExposed = "Link, X-Total-Count, X-Request-Id, Cohort-Revision, Cohort-Stale, ETag, Location, Retry-After, " +
		"WWW-Authenticate"
	corsMaxAge = "600" // seconds that a browser may remember it
)

// shared lets scripts of the configured origins use what next serves, and answers their
// preflights. Replies to other origins get no such header, so browsers withhold them.
func (s *Server) shared(next http.Handler) http.Handler {
	if len(s.cfg.Origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin == "" || !slices.ContainsFunc(s.cfg.Origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.Set("Access-Control-Allow-Headers", corsHeaders)
			h.Set("Access-Control-Max-Age", corsMaxAge)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.Set("Access-Control-Expose-Headers", corsExposed)
		next.ServeHTTP(w, r)
	})
}
