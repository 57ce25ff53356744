package main

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/looker"
	"cohort/internal/oauth"
	"cohort/internal/propeller"
)

// A limit answers with an error to whoever asks too fast.
type limit func(netip.Addr, directory.Caller) error

// lookerDirectory is the directory as the Looker dialect asks for it.
type lookerDirectory struct{ *core.Access }

// CommitPrepared hands prepare the directory as this dialect asks for it.
func (d lookerDirectory) CommitPrepared(
	ctx context.Context, prepare func(looker.Directory) (directory.Change, error),
) (directory.Committed, error) {
	attempt := d.CommitEach(ctx, 1, func(_ int, now *core.Access) (directory.Change, error) {
		return prepare(lookerDirectory{now})
	})[0]
	return attempt.Committed, attempt.Err
}

// propellerDirectory is the directory as the Propeller dialect asks for it.
type propellerDirectory struct{ *core.Access }

// CommitEach hands prepare the directory as this dialect asks for it.
func (d propellerDirectory) CommitEach(
	ctx context.Context, n int, prepare func(int, propeller.Directory) (directory.Change, error),
) []directory.Attempt {
	return d.Access.CommitEach(ctx, n, func(i int, now *core.Access) (directory.Change, error) {
		return prepare(i, propellerDirectory{now})
	})
}

// mountPropeller adds the Propeller dialect, and the token endpoint that it and
// others use.
func (in *instance) mountPropeller(mounts map[string]http.Handler, limit limit) {
	prefix := in.settings.PropellerPrefix
	handler := propeller.New(propeller.Config{
		Directory:  func(caller directory.Caller) propeller.Directory { return propellerDirectory{in.core.As(caller)} },
		Sessions:   in.sessions,
		Log:        in.log,
		Now:        time.Now,
		Prefix:     prefix,
		DocsURL:    in.settings.PropellerDocsURL,
		BaseURL:    in.settings.PublicURL,
		Limit:      limit,
		ClientAddr: in.clientAddr,
		Language:   directory.Language(in.settings.Language),
		Observe:    in.metrics.Observe,
	})
	for _, path := range propeller.Mounts(prefix) {
		mounts[path] = handler
	}
	tokens := oauth.New(oauth.Config{
		Sessions: in.sessions, Log: in.log, Now: time.Now, Prefixes: []string{prefix},
		Limit: limit, ClientAddr: in.clientAddr, Observe: in.metrics.Observe,
	})
	for _, path := range oauth.Mounts(prefix) {
		mounts[path] = tokens
	}
}

// clientAddr is where a request comes from, on the word of trusted proxies.
func (in *instance) clientAddr(r *http.Request) netip.Addr {
	return auth.Proxies(in.settings.TrustedProxies).Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
}
