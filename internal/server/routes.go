package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// routes finds the handler of a path: health and metrics, which always get a turn; then the
// mounted handlers, within the limits; then the server's own.
func (s *Server) routes() http.Handler {
	own := s.own()
	health := map[string]http.Handler{"/healthz": own, "/readyz": own}
	if s.cfg.Metrics != nil && s.cfg.AdminAddr == "" {
		health["/metrics"] = s.cfg.Metrics
	}
	var paths []string
	for path := range s.cfg.Mounts {
		paths = append(paths, path)
	}
	// The longest matching path wins.
	slices.SortFunc(paths, func(a, b string) int { return len(b) - len(a) })
	mounted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := withoutDoubledSlashes(r.URL.Path)
		for _, mount := range paths {
			if path == mount || strings.HasSuffix(mount, "/") && strings.HasPrefix(path, mount) {
				s.cfg.Mounts[mount].ServeHTTP(w, r)
				return
			}
		}
		own.ServeHTTP(w, r)
	})
	limited, streamed := s.limited(mounted), s.stream(mounted)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := health[r.URL.Path]; ok {
			h.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodGet && slices.Contains(s.cfg.Streams, withoutDoubledSlashes(r.URL.Path)) {
			streamed.ServeHTTP(w, r)
			return
		}
		limited.ServeHTTP(w, r)
	})
}

func withoutDoubledSlashes(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

// own serves what the server answers itself.
func (s *Server) own() http.Handler {
	rt := httpkit.NewRouter(httpkit.RouterConfig{Log: s.cfg.Log, Now: s.cfg.Now, Render: renderError,
		Observe: s.cfg.Observe})
	rt.Handle("GET /{$}", s.welcome)
	rt.Handle("GET /healthz", s.healthz)
	rt.Handle("GET /readyz", s.readyz)
	return rt
}

func (s *Server) welcome(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Browse != "" && strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Vary", "Accept")
		http.Redirect(w, r, s.cfg.Browse, http.StatusSeeOther)
		return nil
	}
	plain(w, http.StatusOK, s.cfg.Welcome)
	return nil
}

// healthz answers that the process is alive.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	plain(w, http.StatusOK, "ok\n")
	return nil
}

// notReady says what is impossible, and why as far as that may be told.
func notReady(what string, cause error) error {
	if e, ok := errors.AsType[*directory.Error](cause); ok && e.Kind == directory.KindUnavailable {
		what += ": " + e.Public()
	}
	return directory.Unavailable(time.Second, what, cause)
}

// readyz answers whether to send requests to this node or, with ?for=writes, requests that
// write.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	how := "ready"
	if s.cfg.Ready != nil {
		var err error
		if how, err = s.cfg.Ready(r.Context()); err != nil {
			return notReady("the directory cannot be read", err)
		}
	}
	switch purpose := r.URL.Query().Get("for"); {
	case purpose != "" && purpose != "writes":
		return directory.Malformed("for", "must be writes, or absent")
	case purpose == "writes" && s.cfg.Writable != nil:
		if err := s.cfg.Writable(r.Context()); err != nil {
			return notReady("the directory cannot be changed", err)
		}
	}
	plain(w, http.StatusOK, how+"\n")
	return nil
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // nobody is left to hear of an error
}

// limited limits the time of a request. httpkit.Limits limits concurrent requests, because it
// knows the caller.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.cfg.WriteTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// stream serves a reply that does not end by itself: it takes no turn from requests, ends only
// with the client or the server, and must set a deadline for each write, so that a client that
// does not read cannot hold it.
func (s *Server) stream(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.streams <- struct{}{}:
		default:
			s.refuseBusy(w, r)
			return
		}
		defer func() { <-s.streams }()
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.stopping, cancel)()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (s *Server) refuseBusy(w http.ResponseWriter, r *http.Request) {
	s.cfg.Log.Warn("request refused", "reason", "too many at once")
	renderError(w, r, directory.Unavailable(time.Second, "the server has too much to do; try again", nil))
}
