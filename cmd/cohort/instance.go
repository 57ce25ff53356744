package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"time"

	"cohort/internal/auth"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/metrics"
	"cohort/internal/seal"
	"cohort/internal/server"
	"cohort/internal/store"
)

// An instance is a directory that is open, with everything that serves it.
type instance struct {
	settings config.Config
	log      *slog.Logger
	store    store.Store
	core     *core.Core
	sessions *auth.Service
	metrics  *metrics.Metrics
	first    *core.Administrator // nil unless the directory is new
	keyFile  string              // if one was made
	cursors  []byte              // key that signs cursors, the same on all nodes
}

// openInstance opens the directory that the settings name, and makes it if it
// is not there. After fatal was called the process must end.
func openInstance(ctx context.Context, settings config.Config, log *slog.Logger, fatal func(error)) (*instance, error) {
	var ring *seal.Ring
	if settings.Key != "" {
		var err error
		if ring, err = seal.Parse(settings.Key); err != nil {
			return nil, usageError{fmt.Errorf("COHORT_KEY: %w", err)}
		}
	}
	if err := needsKey(settings); err != nil {
		return nil, err
	}
	st, err := openServing(ctx, settings, log)
	if err != nil {
		return nil, err
	}
	return openInstanceIn(ctx, st, ring, settings, log, fatal)
}

// openInstanceIn opens the directory in a store, which it closes in the end.
// Without a ring the keys are those of the key file.
func openInstanceIn(ctx context.Context, st store.Store, ring *seal.Ring, settings config.Config, log *slog.Logger, fatal func(error)) (*instance, error) {
	b := thisBuild()
	in := &instance{settings: settings, log: log, metrics: metrics.New(b.Version, b.Revision, b.Go), store: st}
	var err error
	if ring == nil {
		ring, err = in.loadKeys(ctx)
	}
	if err == nil {
		err = checkKeys(ctx, in.store, ring)
	}
	if err == nil && in.shared() {
		err = claimKeys(ctx, in.store, ring.KeyIDs())
	}
	if err == nil {
		in.cursors, err = ring.Derive("cursors of the native API")
	}
	if err == nil {
		err = in.openCore(ctx, ring, fatal)
	}
	if err != nil {
		return nil, errors.Join(err, in.close())
	}
	in.sessions = auth.New(in.store, in.remembering(auth.Config{
		ClientFailures: settings.LoginFailures, AddressFailures: settings.AddressLoginFailures, LockFor: settings.LoginLock,
		Revision: in.soleRevision(),
	}))
	in.watch()
	in.watchFollowing()
	return in, nil
}

// loadKeys reads the key file, or makes it for a new directory.
func (in *instance) loadKeys(ctx context.Context) (*seal.Ring, error) {
	path := keyPath(in.settings)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		sealed, err := newestSealed(ctx, in.store)
		if err != nil {
			return nil, err
		}
		if sealed != "" {
			return nil, fmt.Errorf("the key file %s is not there, and hidden values are sealed with key %s; put its copy back, or name it with --key-file or COHORT_KEY", path, sealed)
		}
	}
	ring, made, err := seal.Load(path)
	if made {
		in.keyFile = path
	}
	return ring, err
}

func (in *instance) openCore(ctx context.Context, ring *seal.Ring, fatal func(error)) error {
	var err error
	in.core, err = core.Open(ctx, in.store, core.Options{
		Sealer: sealer{ring}, Language: directory.Language(in.settings.Language), Log: in.log, Fatal: fatal,
		PreviewGuard: float64(in.settings.PreviewGuard) / 100, Shared: in.sharing(),
	})
	if err != nil {
		return err
	}
	admin, made, err := in.core.Bootstrap(ctx, in.settings.ClientID, in.settings.ClientSecret)
	if made {
		in.first = &admin
	}
	return err
}

// close lets go of everything, in the reverse order of opening.
func (in *instance) close() error {
	if in.core != nil {
		in.core.Close()
	}
	return in.store.Close()
}

// watch adds the directory's figures to the metrics.
func (in *instance) watch() {
	stat := func(read func(hits, misses int64, entries int) int64) func() float64 {
		return func() float64 { return float64(read(in.core.CacheStats())) }
	}
	in.metrics.Watch(
		metrics.Figure{Name: "cohort_revision", Help: "Revision that reads answer from.", Read: func() float64 { return float64(in.core.Head().Revision) }},
		metrics.Figure{Name: "cohort_incarnation", Help: "Raised by every restore.", Read: func() float64 { return float64(in.core.Head().Incarnation) }},
		metrics.Figure{Name: "cohort_users", Help: "Users that are not deleted.", Read: func() float64 { return float64(in.core.Head().Users) }},
		metrics.Figure{Name: "cohort_groups", Help: "Groups that are not deleted.", Read: func() float64 { return float64(in.core.Head().Groups) }},
		metrics.Figure{Name: "cohort_change_queue_length", Help: "Changes that wait for the writer.", Read: func() float64 { return float64(in.core.QueueLength()) }},
		metrics.Figure{Name: "cohort_user_cache_hits_total", Help: "Reads of a user that memory answered.", Counter: true, Read: stat(func(h, _ int64, _ int) int64 { return h })},
		metrics.Figure{Name: "cohort_user_cache_misses_total", Help: "Reads of a user that went to the database.", Counter: true, Read: stat(func(_, m int64, _ int) int64 { return m })},
		metrics.Figure{Name: "cohort_user_cache_entries", Help: "Users that are in memory.", Read: stat(func(_, _ int64, n int) int64 { return int64(n) })},
	)
}

// listen takes the address and mounts the dialects.
func (in *instance) listen(ctx context.Context) (*server.Server, error) {
	mounts := in.mounts()
	origins, err := in.settings.Origins()
	if err != nil {
		return nil, err
	}
	secure, err := loadTLS(in.settings)
	if err != nil {
		return nil, err
	}
	cfg := server.Config{
		TLS: secure, Origins: origins,
		Addr: in.settings.Addr, Mounts: mounts, Observe: in.metrics.Observe, Log: in.log, Now: time.Now,
		Ready: in.ready, Writable: in.core.Writable,
		Welcome: "Cohort " + thisBuild().Version + "\n\n" + welcome, Streams: []string{"/v1/changes/stream"},
		Limits: server.Limits{
			ReadTimeout: in.settings.ReadTimeout, WriteTimeout: in.settings.WriteTimeout, IdleTimeout: in.settings.IdleTimeout,
			ShutdownTimeout: in.settings.ShutdownTimeout, MaxRequests: in.settings.MaxRequests, MaxConnections: in.settings.MaxConnections,
		},
	}
	if in.settings.Metrics == "on" {
		cfg.Metrics = in.metrics.Handler()
	}
	s, err := server.Listen(ctx, cfg)
	if err != nil {
		return nil, err
	}
	in.metrics.Watch(metrics.Figure{Name: "cohort_http_requests_in_flight", Help: "Requests being served.", Read: func() float64 { return float64(s.InFlight()) }})
	return s, nil
}

// limit answers with an error to whoever asks too fast: by address before the
// caller is known, then by credential.
func (in *instance) limit() limit {
	keys := auth.DefaultLimiterConfig().Keys
	byAddress := auth.NewLimiter(auth.LimiterConfig{Rate: float64(in.settings.AddressRate), Burst: in.settings.AddressBurst, Keys: keys})
	byCredential := auth.NewLimiter(auth.LimiterConfig{Rate: float64(in.settings.CredentialRate), Burst: in.settings.CredentialBurst, Keys: keys})
	return func(from netip.Addr, caller directory.Caller) error {
		limiter, key := byAddress, auth.AddressKey(from)
		if caller != (directory.Caller{}) {
			limiter, key = byCredential, strconv.FormatInt(int64(caller.Credential), 10)
		}
		if ok, retry := limiter.Allow(key); !ok {
			return &directory.Error{Kind: directory.KindTooMany, Msg: "too many requests; slow down", RetryAfter: retry}
		}
		return nil
	}
}

// newLog writes to w as the settings say.
func newLog(w io.Writer, settings config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: settings.LogLevel}
	return slog.New(httpkit.NewLateLog(w, func(w io.Writer) slog.Handler {
		if settings.LogFormat == "json" {
			return slog.NewJSONHandler(w, options)
		}
		return slog.NewTextHandler(w, options)
	}))
}
