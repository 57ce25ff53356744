// Package app puts the program together: it opens the directory that the
// settings name, and serves it in every dialect. It is what cohort, the
// measurements and the tests have in common, so that what is tested is what is
// shipped.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"cohort/internal/auth"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
	"cohort/internal/metrics"
	"cohort/internal/scim"
	"cohort/internal/scim/clients"
	"cohort/internal/seal"
	"cohort/internal/server"
	"cohort/internal/signin"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
)

// Options configures Open beyond the settings.
type Options struct {
	Log *slog.Logger // required
	// InMemory keeps all data in memory only. The keys are those of the settings, or else new
	// ones.
	InMemory bool
	// Seed is the content of a new directory. It does not affect an existing one.
	Seed Seed
	// Listen takes the address of the settings before anything is created, so that an address
	// in use leaves nothing behind.
	Listen bool
	// Sources are the settings with their origins, for the console. Empty shows none.
	Sources []config.Source
	// Fatal is called with an error after which nothing can be served. Serve returns it in any
	// case.
	Fatal func(error)
	// Surface returns one more surface, by the paths where it is mounted. It uses the same
	// server, gate and limits as the dialects, so that measurements can compare them. Nil adds
	// none.
	Surface func(dialect.Kit, httpkit.Authenticator) map[string]http.Handler
}

// A Credential is a client id and its secret. The secret is shown once.
type Credential struct {
	User     directory.UserID
	ClientID string
	Secret   string
}

// An App is an open directory with everything that serves it.
type App struct {
	settings config.Config
	log      *slog.Logger
	store    store.Store
	core     *core.Core
	views    *view.Directory
	sessions *auth.Service
	people   *signin.Service
	clients  *clients.Registry
	ring     *seal.Ring
	metrics  *metrics.Metrics
	server   *server.Server
	hall     *httpkit.Limits
	sources  []config.Source
	started  time.Time
	node     string // identifies this run among the nodes of a database
	inMemory bool
	imports  *intake.Service

	untrusted sync.Once // whether an untrusted proxy was logged
	cursors   []byte    // the key of cursors, the same on all nodes

	made    []Credential // of a new directory; the first is the administrator's
	isNew   bool         // the directory is new
	keyFile string       // empty if no key file was created

	failed context.Context // done when nothing can be served any more, with the cause
	fail   context.CancelCauseFunc
}

// Open opens the directory of the settings, and creates it if it does not exist. The parts
// that it starts end with ctx or with Close.
func Open(ctx context.Context, settings config.Config, options Options) (*App, error) {
	secure, err := loadTLS(settings)
	if err != nil {
		return nil, err
	}
	origins, err := settings.Origins()
	if err != nil {
		return nil, SettingError{err}
	}
	if !options.InMemory {
		if err := checkKeyFiles(settings); err != nil {
			return nil, err
		}
	}
	if options.Seed.Name != "" && (options.InMemory || isFresh(settings)) {
		if options.Seed.Edits, err = rehearse(ctx, settings, options.Seed); err != nil {
			return nil, err
		}
		options.Seed.State = nil
	}
	var listener net.Listener
	if options.Listen {
		if listener, err = server.Bind(ctx, settings.Addr); err != nil {
			return nil, err
		}
	}
	a, err := openApp(ctx, settings, options)
	if err != nil {
		if listener != nil {
			err = errors.Join(err, listener.Close())
		}
		return nil, err
	}
	a.hall = a.newHall()
	mounts, err := a.mounts(options.Surface)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	serving := a.serverConfig(mounts, secure, origins)
	serving.Listener = listener
	a.server = server.New(serving)
	a.watch()
	a.watchFollowing()
	return a, nil
}

// openApp opens everything but the server.
func openApp(ctx context.Context, settings config.Config, options Options) (*App, error) {
	st, ring, err := openStore(ctx, settings, options)
	if err != nil {
		return nil, err
	}
	b := ThisBuild()
	a := &App{settings: settings, log: options.Log, metrics: metrics.New(b.Version, b.Revision, b.Go), store: st,
		sources: options.Sources, started: time.Now(), node: rand.Text(), inMemory: options.InMemory}
	a.failed, a.fail = context.WithCancelCause(ctx)
	if err := a.open(a.failed, ring, options); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// openStore opens the data, and reads the keys if the settings or the options contain them.
// Otherwise the ring is nil, and the keys are in a file.
func openStore(ctx context.Context, settings config.Config, options Options) (store.Store, *seal.Ring, error) {
	var ring *seal.Ring
	var err error
	switch {
	case settings.Key != "":
		ring, err = parseKey(settings)
	case options.InMemory:
		ring, err = seal.New()
	default:
		err = needsKey(settings)
	}
	if err != nil {
		return nil, nil, err
	}
	if options.InMemory {
		st, err := noNil(sqlite.OpenMemory(ctx))
		return st, ring, err
	}
	st, err := openServing(ctx, settings, options.Log)
	return st, ring, err
}

// open starts everything that uses the store.
func (a *App) open(ctx context.Context, ring *seal.Ring, options Options) error {
	var err error
	if ring == nil {
		ring, err = a.loadKeys(ctx)
	}
	if err == nil {
		err = checkKeys(ctx, a.store, ring)
	}
	if err == nil && a.shared() {
		err = claimKeys(ctx, a.store, ring.KeyIDs())
	}
	if err == nil {
		a.cursors, err = ring.Derive("cursors of the native API")
	}
	if err == nil {
		err = a.openCore(ctx, ring, options)
	}
	if err != nil {
		return err
	}
	a.ring = ring
	a.imports = a.newImports()
	a.sessions = auth.New(a.store, auth.Config{
		ClientFailures: a.settings.LoginFailures, AddressFailures: a.settings.AddressLoginFailures,
		LockFor: a.settings.LoginLock, Log: a.log,
		CredentialTokens: a.settings.CredentialTokens, Memory: a.memory(), RememberFor: a.settings.MaxStale,
	})
	a.clients = clients.New(clients.Config{
		Directory: a.views.As, Notes: a.store.Ephemera(), Now: time.Now, Log: a.log, Token: auth.SCIMToken,
		Uses: a.sessions.LastUses,
	})
	a.people, err = a.newPeople(ctx)
	return err
}

// Core returns the directory.
func (a *App) Core() *core.Core { return a.core }

// Views returns the directory as callers see it.
func (a *App) Views() *view.Directory { return a.views }

// Settings returns the settings that the directory was opened with.
func (a *App) Settings() config.Config { return a.settings }

// Made returns the credentials that were created with a new directory: those of its
// administrator, then those of the seed. There are none for an existing directory.
func (a *App) Made() []Credential { return a.made }

// IsNew reports whether Open created the directory.
func (a *App) IsNew() bool { return a.isNew }

// KeyFile returns the path of the key file if one was created.
func (a *App) KeyFile() string { return a.keyFile }

// Handler returns the handler, for connections that others accept.
func (a *App) Handler() http.Handler { return a.server.Handler() }

// Close closes everything, in reverse order of opening.
func (a *App) Close() error {
	var err error
	if a.server != nil {
		err = a.server.Close()
	}
	if a.core != nil {
		a.core.Close()
	}
	a.fail(nil)
	return errors.Join(err, a.store.Close())
}

// loadKeys reads the key file, or creates it for a new directory.
func (a *App) loadKeys(ctx context.Context) (*seal.Ring, error) {
	path := keyPath(a.settings)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		sealed, err := newestSealed(ctx, a.store)
		if err != nil {
			return nil, err
		}
		if sealed != "" {
			return nil, fmt.Errorf("the key file %s is not there, and hidden values are sealed with key %s; put its copy "+
				"back, or name it with --key-file or COHORT_KEY", path, sealed)
		}
	}
	ring, made, err := seal.Load(path)
	if made {
		a.keyFile = path
	}
	return ring, err
}

// openCore opens the directory in the store. A new one gets an administrator and the seed.
func (a *App) openCore(ctx context.Context, ring *seal.Ring, options Options) error {
	fatal := func(err error) {
		a.fail(err)
		if options.Fatal != nil {
			options.Fatal(err)
		}
	}
	setup, err := setupEdits(a.settings, options)
	if err != nil {
		return err
	}
	a.core, err = core.Open(ctx, a.store, core.Options{
		Setup: setup, Sealer: Sealer(ring), Language: directory.Language(a.settings.Language), Log: a.log, Fatal: fatal,
		AdminEmail: a.settings.AdminEmail,
		Facets:     FacetChecks(), PreviewGuard: float64(a.settings.PreviewGuard) / 100,
		OwnGuard: map[string]bool{scim.Dialect: true}, Shared: a.sharing(),
		HistoryBudget: core.HistoryBudget{Ordinary: int64(a.settings.HistoryBudget) << 20,
			Managing: int64(a.settings.HistoryBudgetManaging) << 20},
	})
	if err != nil && options.Seed.Name != "" && directory.KindOf(err) != directory.KindInternal {
		return seedError(options.Seed.Name, err)
	}
	if err != nil {
		return err
	}
	a.views = view.New(a.core)
	if err := a.upgrade(ctx); err != nil {
		return err
	}
	if done, ok := a.core.SetUp(); ok {
		a.isNew = true
		a.made, err = a.credentialsOf(ctx, append([]directory.Edit{directory.Initialize{}}, setup...), done)
		return err
	}
	first, made, err := a.core.Bootstrap(ctx, a.settings.ClientID, a.settings.ClientSecret)
	if err != nil || !made {
		return err
	}
	a.made = []Credential{{first.User, first.ClientID, first.Secret}}
	return nil
}
