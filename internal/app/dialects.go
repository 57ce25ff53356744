package app

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
console          /ui/, for people
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
func (a *App) mounts() (map[string]http.Handler, error) {
	limit := a.limit()
	handler := a.lookerHandler(limit)
	mounts := map[string]http.Handler{}
	for _, path := range looker.Mounts() {
		mounts[path] = handler
	}
	a.mountPropeller(mounts, limit)
	a.mountNative(mounts, limit)
	if err := a.mountConsole(mounts, limit); err != nil {
		return nil, err
	}
	for path, handler := range mounts {
		mounts[path] = a.marked(handler)
	}
	return mounts, nil
}

// gate lets the requests of a dialect in.
func (a *App) gate(limit limit) httpkit.Gate {
	return httpkit.Gate{Limit: limit, ClientAddr: a.clientAddr, Await: a.core.Await}
}

func (a *App) lookerHandler(limit limit) http.Handler {
	return looker.New(looker.Config{
		Directory: func(caller directory.Caller) looker.Directory { return lookerDirectory{a.core.As(caller)} },
		Sessions:  a.sessions,
		Log:       a.log,
		Now:       time.Now,
		Gate:      a.gate(limit),
		BaseURL:   a.settings.PublicURL,
		Language:  directory.Language(a.settings.Language),
		// They take longer than all the rest of a start, and few clients ask.
		Swagger: sync.OnceValues(api.LookerSwagger),
		OpenAPI: sync.OnceValues(api.LookerJSON),
		Observe: a.metrics.Observe,
	})
}

// mountPropeller adds the Propeller dialect, and the token endpoint that it and
// others use.
func (a *App) mountPropeller(mounts map[string]http.Handler, limit limit) {
	prefix := a.settings.PropellerPrefix
	handler := propeller.New(propeller.Config{
		Directory: func(caller directory.Caller) propeller.Directory { return propellerDirectory{a.core.As(caller)} },
		Sessions:  a.sessions,
		Log:       a.log,
		Now:       time.Now,
		Prefix:    prefix,
		DocsURL:   a.settings.PropellerDocsURL,
		BaseURL:   a.settings.PublicURL,
		Gate:      a.gate(limit),
		Language:  directory.Language(a.settings.Language),
		OpenAPI:   []byte(api.Propeller()),
		Observe:   a.metrics.Observe,
	})
	for _, path := range propeller.Mounts(prefix) {
		mounts[path] = handler
	}
	tokens := oauth.New(oauth.Config{
		Sessions: a.sessions, Log: a.log, Now: time.Now, Prefixes: []string{prefix},
		Gate: a.gate(limit), Observe: a.metrics.Observe,
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
func (a *App) mountNative(mounts map[string]http.Handler, limit limit) {
	var people native.People
	if a.hasConsole() {
		people = a.people
	}
	handler := native.New(native.Config{
		People:      people,
		BaseURL:     a.settings.PublicURL,
		Directory:   func(caller directory.Caller) native.Directory { return nativeDirectory{a.core.As(caller)} },
		Sessions:    a.sessions,
		DecodeEdit:  record.DecodeEdit,
		EncodeEdits: record.EncodeEdits,
		Log:         a.log,
		Now:         time.Now,
		Gate:        a.gate(limit),
		Language:    directory.Language(a.settings.Language),
		Key:         a.cursors,
		OpenAPI:     []byte(api.Native()),
		Observe:     a.metrics.Observe,
	})
	for _, path := range native.Mounts() {
		mounts[path] = handler
	}
}

// clientAddr is where a request comes from, on the word of trusted proxies.
func (a *App) clientAddr(r *http.Request) netip.Addr {
	return auth.Proxies(a.settings.TrustedProxies).Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
}
