package console

import (
	"embed"
	"maps"
	"net/http"
	"slices"

	"cohort/internal/console/access"
	"cohort/internal/console/attributes"
	"cohort/internal/console/changes"
	"cohort/internal/console/drafts"
	"cohort/internal/console/findings"
	"cohort/internal/console/groups"
	"cohort/internal/console/home"
	"cohort/internal/console/imports"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/signin"
	"cohort/internal/console/system"
	"cohort/internal/console/users"
	"cohort/internal/console/why"
	"cohort/internal/directory"
)

//go:embed templates/*.html static
var files embed.FS

// Mounts are the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{pagekit.Root + "/", pagekit.Root} }

// New returns the handler for everything below /ui.
func New(cfg pagekit.Config) (http.Handler, error) {
	c, err := pagekit.New(cfg, files)
	if err != nil {
		return nil, err
	}
	rt := c.Router(c.RenderError, false)
	rt.Handle("GET "+pagekit.Root, func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, pagekit.Root+"/", http.StatusSeeOther)
		return nil
	})
	rt.Handle("GET "+pagekit.Root+"/static/{version}/{file}", c.ServeStatic)
	for pattern, handle := range signin.Routes(c) {
		rt.Handle(pattern, handle)
	}
	c.Add(rt, routes())
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.RenderError(w, r, directory.Forbidden("the request comes from another site"))
	}))
	return guarded(guard.Handler(rt), securityHeaders(c.Secure)), nil
}

// routes lists all routes for people who are signed in.
func routes() []pagekit.Route {
	return slices.Concat(
		home.Routes(), search.Routes(), findings.Routes(),
		users.Routes(), groups.Routes(), attributes.Routes(), why.Routes(),
		changes.Routes(), drafts.Routes(), imports.Routes(),
		access.Routes(), system.Routes(), pagekit.Routes(),
	)
}

// guarded sets the security headers of every reply.
func guarded(next http.Handler, headers http.Header) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), headers)
		next.ServeHTTP(w, r)
	})
}

func securityHeaders(secure bool) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}
