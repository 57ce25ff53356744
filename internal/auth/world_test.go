package auth_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/seal"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// Users of the world, each with an API credential of ten times the id, a
// client id "client-<name>" and a secret "secret-<name>".
const (
	ada      directory.UserID = 1
	bob      directory.UserID = 2
	disabled directory.UserID = 3
	deleted  directory.UserID = 4
	noKey    directory.UserID = 5 // its credential is disabled
	noSecret directory.UserID = 6 // its credential has no secret
)

var names = map[directory.UserID]string{
	ada: "ada", bob: "bob", disabled: "disabled", deleted: "deleted", noKey: "nokey", noSecret: "nosecret",
}

// A world is a store with users, and a service with a clock that stands still.
type world struct {
	*auth.Service
	t     testing.TB
	store store.Store
	now   time.Time

	revision directory.Revision                      // as a core would say it
	touched  map[directory.UserID]directory.Revision // when users were last changed
	reads    atomic.Int64                            // of the store, since the world was made
}

// config is that of a node of its own, which knows when something changes.
func (w *world) config() auth.Config {
	return auth.Config{Now: func() time.Time { return w.now }, Memory: &auth.Memory{
		At: func() (int64, directory.Revision) { return 1, w.revision },
		Untouched: func(incarnation int64, since directory.Revision, users ...directory.UserID) bool {
			return incarnation == 1 && !slices.ContainsFunc(users, func(u directory.UserID) bool { return w.touched[u] > since })
		},
	}}
}

// A counted store counts how often it is read.
type counted struct {
	store.Store
	w *world
}

func (c counted) Read(ctx context.Context, f func(store.Reader) error) error {
	c.w.reads.Add(1)
	return c.Store.Read(ctx, f)
}

func (c counted) Ephemera() store.Ephemera { return countedTokens{c.Store.Ephemera(), c.w} }

type countedTokens struct {
	store.Ephemera
	w *world
}

func (c countedTokens) Token(ctx context.Context, hash [32]byte) (store.Token, bool, error) {
	c.w.reads.Add(1)
	return c.Ephemera.Token(ctx, hash)
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, store: memstore.New(), now: time.UnixMilli(1_700_000_000_000),
		touched: map[directory.UserID]directory.Revision{}}
	w.Service = auth.New(counted{w.store, w}, w.config())
	var c store.Commit
	for id, name := range names {
		user := directory.User{ID: id, Kind: directory.KindPerson, Disabled: id == disabled}
		if id == deleted {
			user.DeletedRev = 1
		}
		credential := directory.Credential{
			ID: directory.CredentialID(id * 10), User: id, Kind: directory.CredentialAPI,
			Identifier: "client-" + name, Disabled: id == noKey,
		}
		c.Writes = append(c.Writes, directory.RowWrite{After: user}, directory.RowWrite{After: credential})
		if id != noSecret {
			c.Secrets = append(c.Secrets, store.Secret{Credential: credential.ID, Hash: seal.HashSecret("secret-" + name)})
		}
	}
	w.append(c)
	return w
}

func (w *world) append(c store.Commit) {
	w.t.Helper()
	err := w.store.Write(w.t.Context(), func(tx store.Tx) error {
		head, err := tx.Head(w.t.Context())
		if err != nil {
			return err
		}
		c.Head = head
		return tx.Append(w.t.Context(), c)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.revision++
	for _, write := range c.Writes {
		for _, row := range []directory.Row{write.Before, write.After} {
			if row == nil {
				continue
			}
			for _, o := range row.Objects() {
				if o.Kind == directory.ObjectUser {
					w.touched[directory.UserID(o.ID)] = w.revision
				}
			}
		}
	}
}

// change replaces a row.
func change[R directory.Row](w *world, key directory.RowKey, f func(*R)) {
	w.t.Helper()
	var before R
	err := w.store.Read(w.t.Context(), func(r store.Reader) error {
		row, ok, err := r.Row(w.t.Context(), key)
		if !ok {
			return errors.New("no such row")
		}
		before = row.(R)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	after := before
	f(&after)
	w.append(store.Commit{Writes: []directory.RowWrite{{Before: before, After: after}}})
}

var home = netip.MustParseAddr("192.0.2.1")

// login logs a user in as it should.
func (w *world) login(id directory.UserID) string {
	w.t.Helper()
	token, err := w.Login(w.t.Context(), "client-"+names[id], "secret-"+names[id], home)
	if err != nil {
		w.t.Fatal(err)
	}
	return token.Text
}

// fail tries a wrong secret and returns the kind of the answer.
func (w *world) fail(clientID string, from netip.Addr) directory.Kind {
	w.t.Helper()
	_, err := w.Login(context.WithoutCancel(w.t.Context()), clientID, "wrong", from)
	if err == nil {
		w.t.Fatal("a wrong secret logs in")
	}
	return directory.KindOf(err)
}

func wantKind(t testing.TB, what string, err error, want directory.Kind) {
	t.Helper()
	if err == nil || directory.KindOf(err) != want {
		t.Errorf("%s: %v (kind %d), want kind %d", what, err, directory.KindOf(err), want)
	}
}
