package server

import (
	"net/http"
	"sync"
)

// maxAdminConnections limits the open connections at the admin address.
const maxAdminConnections = 64

// serveAdmin serves the admin address, if there is one, until stop is called.
func (s *Server) serveAdmin() (stop func()) {
	if s.admin == nil {
		return func() {}
	}
	table := newConnections(maxAdminConnections, maxAdminConnections, nil, s.cfg.Log, s.cfg.Now)
	admin := &http.Server{
		Handler: s.health(), ReadHeaderTimeout: s.cfg.HeaderTimeout, ReadTimeout: s.cfg.ReadTimeout,
		WriteTimeout: s.cfg.WriteTimeout, IdleTimeout: s.cfg.IdleTimeout, MaxHeaderBytes: s.cfg.MaxHeaderBytes,
		ErrorLog: s.http.ErrorLog, ConnContext: withConn, ConnState: table.observe,
	}
	var serving sync.WaitGroup
	// it ends when it is closed
	serving.Go(func() { _ = admin.Serve(newListener(s.admin, table, nil, s.cfg.HeaderTimeout)) })
	return func() {
		_ = admin.Close() // a server that has stopped reports no more
		serving.Wait()
	}
}

// health serves health and metrics, and nothing else.
func (s *Server) health() http.Handler {
	mux := http.NewServeMux()
	own := s.own()
	mux.Handle("/", own)
	if s.cfg.Metrics != nil {
		mux.Handle("/metrics", s.cfg.Metrics)
	}
	return mux
}

// strict tells browsers of a public server to use TLS only.
func (s *Server) strict(next http.Handler) http.Handler {
	if !s.cfg.Public {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}
