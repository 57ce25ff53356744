package main

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"cohort/api"
	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker"
	"cohort/internal/native"
	"cohort/internal/oauth"
	"cohort/internal/propeller"
	"cohort/internal/record"
)

// welcome says what is served where.
const welcome = `Looker API 4.0   /api/4.0, described at /api/4.0/swagger.json
Propeller        /usergroups, /users, /attributes, described at /docs/propeller.yaml
native API       /v1, described at /v1/openapi.yaml
tokens           /oauth2/token
health           /healthz, /readyz
metrics          /metrics
`

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

// mounts are the handlers of all dialects, by path.
func (in *instance) mounts() map[string]http.Handler {
	limit := in.limit()
	handler := in.lookerHandler(limit)
	mounts := map[string]http.Handler{}
	for _, path := range looker.Mounts() {
		mounts[path] = handler
	}
	in.mountPropeller(mounts, limit)
	in.mountNative(mounts, limit)
	for path, handler := range mounts {
		mounts[path] = in.marked(handler)
	}
	return mounts
}

// gate lets the requests of a dialect in.
func (in *instance) gate(limit limit) httpkit.Gate {
	return httpkit.Gate{Limit: limit, ClientAddr: in.clientAddr, Await: in.core.Await}
}

func (in *instance) lookerHandler(limit limit) http.Handler {
	return looker.New(looker.Config{
		Directory: func(caller directory.Caller) looker.Directory { return lookerDirectory{in.core.As(caller)} },
		Sessions:  in.sessions,
		Log:       in.log,
		Now:       time.Now,
		Gate:      in.gate(limit),
		BaseURL:   in.settings.PublicURL,
		Language:  directory.Language(in.settings.Language),
		// They take longer than all the rest of a start, and few clients ask.
		Swagger: sync.OnceValues(api.LookerSwagger),
		OpenAPI: sync.OnceValues(api.LookerJSON),
		Observe: in.metrics.Observe,
	})
}

// mountPropeller adds the Propeller dialect, and the token endpoint that it and
// others use.
func (in *instance) mountPropeller(mounts map[string]http.Handler, limit limit) {
	prefix := in.settings.PropellerPrefix
	handler := propeller.New(propeller.Config{
		Directory: func(caller directory.Caller) propeller.Directory { return propellerDirectory{in.core.As(caller)} },
		Sessions:  in.sessions,
		Log:       in.log,
		Now:       time.Now,
		Prefix:    prefix,
		DocsURL:   in.settings.PropellerDocsURL,
		BaseURL:   in.settings.PublicURL,
		Gate:      in.gate(limit),
		Language:  directory.Language(in.settings.Language),
		OpenAPI:   []byte(api.Propeller()),
		Observe:   in.metrics.Observe,
	})
	for _, path := range propeller.Mounts(prefix) {
		mounts[path] = handler
	}
	tokens := oauth.New(oauth.Config{
		Sessions: in.sessions, Log: in.log, Now: time.Now, Prefixes: []string{prefix},
		Gate: in.gate(limit), Observe: in.metrics.Observe,
	})
	for _, path := range oauth.Mounts(prefix) {
		mounts[path] = tokens
	}
}

// nativeDirectory is the directory as the native dialect asks for it.
type nativeDirectory struct{ *core.Access }

// CommitIf hands check the directory as this dialect reads it.
func (d nativeDirectory) CommitIf(
	ctx context.Context, change directory.Change, check func(now native.Reader) error,
) (directory.Committed, error) {
	done := d.CommitEach(ctx, 1, func(_ int, now *core.Access) (directory.Change, error) { return change, check(now) })
	return done[0].Committed, done[0].Err
}

// mountNative adds our own API.
func (in *instance) mountNative(mounts map[string]http.Handler, limit limit) {
	handler := native.New(native.Config{
		Directory:   func(caller directory.Caller) native.Directory { return nativeDirectory{in.core.As(caller)} },
		Sessions:    in.sessions,
		DecodeEdit:  record.DecodeEdit,
		EncodeEdits: record.EncodeEdits,
		Log:         in.log,
		Now:         time.Now,
		Gate:        in.gate(limit),
		Language:    directory.Language(in.settings.Language),
		Key:         in.cursors,
		OpenAPI:     []byte(api.Native()),
		Observe:     in.metrics.Observe,
	})
	for _, path := range native.Mounts() {
		mounts[path] = handler
	}
}

// clientAddr is where a request comes from, on the word of trusted proxies.
func (in *instance) clientAddr(r *http.Request) netip.Addr {
	return auth.Proxies(in.settings.TrustedProxies).Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
}
