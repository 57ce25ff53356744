// Package server listens, limits what clients hold, and passes each request to the dialect
// with its path.
//
// It knows no dialect and no directory: handlers come from outside. It answers health, metrics
// and unknown paths itself.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"cohort/internal/httpkit"
)

// Config configures a server. Log and Now are required. A limit of zero means the default.
type Config struct {
	Addr string // host:port; port 0 takes a free one
	// AdminAddr, if not empty, is a second address for health and metrics, over plain HTTP. It
	// answers whatever clients do on the main address, which then serves no metrics.
	AdminAddr string
	// Public means that clients come over TLS, here or at a proxy. Browsers are told to use
	// nothing else (RFC 6797).
	Public bool
	// Listener, if not nil, is used in place of Addr; see Bind.
	Listener net.Listener
	Mounts   map[string]http.Handler // by path; a trailing slash stands for everything below
	Streams  []string                // paths whose replies do not end by themselves; see stream
	// Ready reports whether requests can be served, and how; nil means always. Writable
	// reports whether changes can be made; nil means whenever Ready does.
	Ready    func(context.Context) (string, error)
	Writable func(context.Context) error
	Metrics  http.Handler              // nil serves none
	Observe  func(httpkit.Observation) // called for requests that the server answers itself
	Welcome  string                    // the reply to GET /
	Browse   string                    // where GET / redirects browsers; may be empty
	TLS      *tls.Config               // nil means plain HTTP
	IsProxy  func(netip.Addr) bool     // addresses that stand for many clients; nil means none
	Origins  []string                  // other origins whose scripts may use the mounted handlers
	Log      *slog.Logger
	Now      func() time.Time
	Limits
}

// Limits limits what clients can hold.
type Limits struct {
	HeaderTimeout      time.Duration // to receive the header of a request; default 5 s
	ReadTimeout        time.Duration // to receive a request; default 30 s
	WriteTimeout       time.Duration // to compute and send a reply; default 1 min
	IdleTimeout        time.Duration // between two requests; default 2 min
	ShutdownTimeout    time.Duration // for requests in progress when the server stops; default 20 s
	MaxHeaderBytes     int           // default 32 KiB
	MaxStreams         int           // default 1024
	MaxConnections     int           // open at once; default 4096
	AddressConnections int           // of one address; default 1024
}

func (l Limits) withDefaults() Limits {
	duration := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	number := func(n *int, def int) {
		if *n == 0 {
			*n = def
		}
	}
	duration(&l.HeaderTimeout, 5*time.Second)
	duration(&l.ReadTimeout, 30*time.Second)
	duration(&l.WriteTimeout, time.Minute)
	duration(&l.IdleTimeout, 2*time.Minute)
	duration(&l.ShutdownTimeout, 20*time.Second)
	number(&l.MaxHeaderBytes, 32<<10)
	number(&l.MaxStreams, 1024)
	number(&l.MaxConnections, 4096)
	number(&l.AddressConnections, min(1024, l.MaxConnections))
	return l
}

// A Server serves on one listener, if any.
type Server struct {
	cfg         Config
	listener    net.Listener // nil before Listen
	admin       net.Listener // nil if there is none
	connections *connections
	http        *http.Server
	streams     chan struct{} // one element for each stream
	stopping    context.Context
	stop        context.CancelFunc // ends stopping
}

// New returns a server without an address.
func New(cfg Config) *Server {
	cfg.Limits = cfg.withDefaults()
	s := &Server{cfg: cfg, streams: make(chan struct{}, cfg.MaxStreams)}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.connections = newConnections(cfg.MaxConnections, cfg.AddressConnections, cfg.IsProxy, cfg.Log, cfg.Now)
	s.http = &http.Server{
		Handler:           refuseAmbiguous(s.strict(s.shared(s.routes()))),
		ReadHeaderTimeout: cfg.HeaderTimeout,
		ReadTimeout:       cfg.ReadTimeout,
		// The handler is cancelled at WriteTimeout; one second more lets it answer that.
		WriteTimeout:   cfg.WriteTimeout + time.Second,
		IdleTimeout:    cfg.IdleTimeout,
		MaxHeaderBytes: cfg.MaxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
		ConnContext:    withConn,
		ConnState:      s.connState,
		// Both limit what one connection can hold; net/http limits resets itself.
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 100, MaxReadFrameSize: 64 << 10},
	}
	return s
}

// Bind takes an address. Clients that connect wait until a server serves it.
func Bind(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("addr: another program listens at %s; end it, or choose another address: %w", addr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("addr: %w", err)
	}
	return listener, nil
}

// Listen returns a server that has taken its address.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	s := New(cfg)
	return s, s.Listen(ctx)
}

// Listen takes the address. Clients can connect from then on; Serve serves them.
func (s *Server) Listen(ctx context.Context) error {
	listener := s.cfg.Listener
	if listener == nil {
		var err error
		if listener, err = Bind(ctx, s.cfg.Addr); err != nil {
			return err
		}
	}
	s.listener = newListener(listener, s.connections, s.cfg.TLS, s.cfg.HeaderTimeout)
	if s.cfg.AdminAddr == "" {
		return nil
	}
	var err error
	if s.admin, err = Bind(ctx, s.cfg.AdminAddr); err != nil {
		return errors.Join(fmt.Errorf("admin-addr: %w", err), s.listener.Close())
	}
	return nil
}

// AdminAddr returns the admin address with its real port, or "".
func (s *Server) AdminAddr() string {
	if s.admin == nil {
		return ""
	}
	return s.admin.Addr().String()
}

// connState implements http.Server.ConnState.
func (s *Server) connState(c net.Conn, state http.ConnState) {
	s.connections.observe(c, state)
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.next()
	}
}

// Connections returns how many connections are open, and how many were closed to make room
// since the start.
func (s *Server) Connections() (open int, closedForRoom int64) { return s.connections.count() }

// Handler returns the handler, for connections that others accept.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Addr returns the address that the server listens on, with its real port.
func (s *Server) Addr() string {
	if s.listener == nil {
		return s.cfg.Addr // it does not listen yet
	}
	return s.listener.Addr().String()
}

// Serve serves until ctx is done. Then it accepts no more requests, finishes those in
// progress, ends streams, and returns nil. Requests that outlast ShutdownTimeout are cut off,
// which is an error.
func (s *Server) Serve(ctx context.Context) error {
	defer s.stop()
	stopped := make(chan error, 1)
	go func() { stopped <- s.http.Serve(s.listener) }()
	defer s.serveAdmin()()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.stop()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.ShutdownTimeout)
	defer cancel()
	err := s.http.Shutdown(drain)
	if err != nil {
		err = errors.Join(fmt.Errorf("some requests were cut off: %w", err), s.http.Close())
	}
	if served := <-stopped; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Close closes a listener that Serve was never called for.
func (s *Server) Close() error {
	s.stop()
	if s.listener == nil {
		return nil
	}
	var admin error
	if s.admin != nil {
		if admin = s.admin.Close(); errors.Is(admin, net.ErrClosed) {
			admin = nil // Serve closes it
		}
	}
	return errors.Join(s.http.Close(), s.listener.Close(), admin)
}
