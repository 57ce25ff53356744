package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"cohort/internal/auth"
	"cohort/internal/config"
	"cohort/internal/console/pagekit"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/server"
	"cohort/internal/store/sqlite"
)

// Listen takes the address of the settings. Clients can connect from then on; Serve serves
// them.
func (a *App) Listen(ctx context.Context) error { return a.server.Listen(ctx) }

// Addr returns the address that Listen took, with its real port.
func (a *App) Addr() string { return a.server.Addr() }

// AdminAddr returns the admin address with its real port, or "".
func (a *App) AdminAddr() string { return a.server.AdminAddr() }

// BaseURL returns the URL of the server for clients.
func (a *App) BaseURL() string { return urlAt(a.settings, a.Addr()) }

// URLOf returns the URL of a server with the settings.
func URLOf(settings config.Config) string { return urlAt(settings, settings.Addr) }

func urlAt(settings config.Config, addr string) string {
	switch {
	case settings.PublicURL != "":
		return settings.PublicURL
	case settings.TLSCert != "":
		return "https://" + addr
	}
	return "http://" + addr
}

// Serve serves until ctx is done, and then finishes the requests in progress. It fails if it
// cannot go on: after a commit of unknown outcome, for example, the program must restart from
// what is on disk.
func (a *App) Serve(ctx context.Context) error {
	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(a.failed, func() { stop(context.Cause(a.failed)) })()
	var beside sync.WaitGroup
	beside.Go(func() { a.sweep(serving) })
	beside.Go(func() { a.sessions.Run(serving) })
	beside.Go(func() { a.checkPages(serving) })
	beside.Go(func() { a.watchLog(serving) })
	beside.Go(func() { a.core.CheckRows(serving, rowCheckPace()) })
	beside.Go(func() { a.pruneHistory(serving) })
	beside.Go(func() { a.sayHeads(serving) })
	beside.Go(func() { a.sayHere(serving) })
	err := a.server.Serve(serving)
	stop(nil)
	beside.Wait()
	if cause := context.Cause(serving); ctx.Err() == nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	a.log.Info("stopped", "revision", int64(a.core.Head().Revision))
	return err
}

// sweep deletes expired tokens and old failures at intervals.
func (a *App) sweep(ctx context.Context) {
	ticks := time.NewTicker(10 * time.Minute)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		tokens, err := a.sessions.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("expired tokens could not be swept", "error", err.Error())
			continue
		}
		answers, previews, err := a.core.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("old answers and previews could not be swept", "error", err.Error())
			continue
		}
		if _, err := a.people.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("ended sign-ins could not be swept", "error", err.Error())
			continue
		}
		if _, err := a.store.Ephemera().SweepDrafts(ctx,
			directory.InstantOf(time.Now().Add(-pagekit.DraftLife))); err != nil && ctx.Err() == nil {
			a.log.Warn("old drafts could not be swept", "error", err.Error())
			continue
		}
		if err := a.clients.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("old notes about SCIM clients could not be swept", "error", err.Error())
			continue
		}
		if _, err := a.imports.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("old imports could not be swept", "error", err.Error())
			continue
		}
		a.log.Debug("swept", "tokens", tokens, "answers", answers, "previews", previews)
	}
}

// checkPages checks the pages of a database that was opened without that check, and ends
// serving if it is damaged. It logs what prevents the check, and tries again.
func (a *App) checkPages(ctx context.Context) {
	s, ok := a.store.(*sqlite.Store)
	if !ok {
		return
	}
	for {
		err := s.CheckPages(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case errors.Is(err, sqlite.ErrDamaged):
			a.log.Error("the database is damaged", "error", err.Error())
			a.fail(err)
			return
		}
		a.log.Warn("the pages of the database could not be looked at; trying again", "error", err.Error())
		timer := time.NewTimer(checkAgain)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// rowCheckPace limits the check to 5,000 rows a second, which nobody notices.
func rowCheckPace() core.RowCheckPace {
	return core.RowCheckPace{Rows: 500, Pause: 100 * time.Millisecond, Rest: time.Hour}
}

// checkAgain is the time between two checks of pages.
const checkAgain = time.Minute

// serverConfig returns the configuration of the server.
func (a *App) serverConfig(mounts map[string]http.Handler, secure *tls.Config, origins []string) server.Config {
	c := server.Config{
		TLS: secure, Origins: origins,
		Addr: a.settings.Addr, Mounts: mounts, Observe: a.metrics.Observe, Log: a.log, Now: time.Now,
		AdminAddr: a.settings.AdminAddr, Public: strings.HasPrefix(a.settings.PublicURL, "https://"),
		IsProxy: auth.Proxies(a.settings.TrustedProxies).Has,
		Ready:   a.ready, Writable: a.core.Writable,
		Welcome: "Cohort " + ThisBuild().Version + "\n\n" + welcome,
		Streams: []string{"/v1/changes/stream", pagekit.Root + "/events"},
		Limits: server.Limits{
			ReadTimeout: a.settings.ReadTimeout, WriteTimeout: a.settings.WriteTimeout, IdleTimeout: a.settings.IdleTimeout,
			ShutdownTimeout: a.settings.ShutdownTimeout, MaxConnections: a.settings.MaxConnections,
			AddressConnections: a.settings.AddressConnections,
		},
	}
	if a.hasConsole() {
		c.Browse = pagekit.Root + "/"
	}
	if a.settings.Metrics == "on" {
		c.Metrics = a.metrics.Handler()
	}
	return c
}

// loadTLS reads the certificate, if there is one.
func loadTLS(settings config.Config) (*tls.Config, error) {
	if settings.TLSCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(settings.TLSCert, settings.TLSKey)
	if err != nil {
		return nil, SettingError{fmt.Errorf("tls-cert, tls-key: %w", err)}
	}
	return &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"}, CipherSuites: authenticatedSuites(),
	}, nil
}

// authenticatedSuites returns the suites of TLS 1.2 with authenticated encryption, without
// CBC. TLS 1.3 has no others.
func authenticatedSuites() []uint16 {
	var ids []uint16
	for _, s := range tls.CipherSuites() {
		if !strings.Contains(s.Name, "_CBC_") {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// limit returns the rate limit: by address before the caller is known, then by credential.
func (a *App) limit() limit {
	keys := auth.DefaultLimiterConfig().Keys
	byAddress := auth.NewLimiter(auth.LimiterConfig{Rate: float64(a.settings.AddressRate), Burst: a.settings.AddressBurst,
		Keys: keys})
	byCredential := auth.NewLimiter(auth.LimiterConfig{Rate: float64(a.settings.CredentialRate),
		Burst: a.settings.CredentialBurst, Keys: keys})
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

// NewLog returns a logger that writes to w as the settings say.
func NewLog(w io.Writer, settings config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: settings.LogLevel}
	return slog.New(httpkit.NewLateLog(w, func(w io.Writer) slog.Handler {
		if settings.LogFormat == "json" {
			return slog.NewJSONHandler(w, options)
		}
		return slog.NewTextHandler(w, options)
	}))
}
