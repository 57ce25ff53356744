package auth_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// A remote store is elsewhere: it can be away, and it can be silent.
type remote struct {
	store.Store
	away   error
	silent chan struct{} // nil, or closed when it answers again

	revision directory.Revision                      // that readers see
	touched  map[directory.UserID]directory.Revision // when users were last changed, as far as is known
}

func (r *remote) Read(ctx context.Context, f func(store.Reader) error) error {
	if r.silent != nil {
		<-r.silent
	}
	if r.away != nil {
		return r.away
	}
	return r.Store.Read(ctx, f)
}

func (r *remote) Ephemera() store.Ephemera { return remoteSessions{r.Store.Ephemera(), r} }

type remoteSessions struct {
	store.Ephemera
	r *remote
}

func (s remoteSessions) Token(ctx context.Context, hash [32]byte) (store.Token, bool, error) {
	if s.r.away != nil {
		return store.Token{}, false, s.r.away
	}
	return s.Ephemera.Token(ctx, hash)
}

// onRemote moves the world's service to a node of several.
func (w *world) onRemote() *remote {
	r := &remote{Store: w.store}
	config := w.config()
	config.Away, config.RememberFor = func() error { return nil }, time.Minute
	config.At = func() (int64, directory.Revision) { return 1, r.revision }
	config.Untouched = func(_ int64, since directory.Revision, users ...directory.UserID) bool {
		for _, u := range users {
			if r.touched[u] > since {
				return false
			}
		}
		return true
	}
	w.Service = auth.New(r, config)
	return r
}

func TestATokenIsGoodWhileTheStoreIsAwayIfItWasLately(t *testing.T) {
	w := newWorld(t)
	r := w.onRemote()
	seen, unseen, revoked, disabledLater := w.login(ada), w.login(ada), w.login(ada), w.login(bob)
	for _, token := range []string{seen, revoked, disabledLater} {
		if _, err := w.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Logout(t.Context(), revoked); err != nil {
		t.Fatal(err)
	}
	change(w, directory.User{ID: bob}.Key(), func(u *directory.User) { u.Disabled = true })
	_, err := w.Authenticate(t.Context(), disabledLater)
	wantKind(t, "of a user who is disabled", err, directory.KindUnauthenticated)

	r.away = directory.Unavailable(time.Second, "away", errors.New("away"))
	w.now = w.now.Add(time.Minute)
	if caller, err := w.Authenticate(t.Context(), seen); err != nil || caller.User != ada {
		t.Errorf("a token that was good a minute ago: %+v, %v", caller, err)
	}
	for what, token := range map[string]string{"never seen": unseen, "revoked": revoked,
		"of a disabled user": disabledLater} {
		_, err := w.Authenticate(t.Context(), token)
		wantKind(t, "a token "+what, err, directory.KindUnavailable)
	}
	r.revision, r.touched = 5, map[directory.UserID]directory.Revision{ada: 5}
	_, err = w.Authenticate(t.Context(), seen)
	wantKind(t, "a token of a user who was changed before the store was away", err, directory.KindUnavailable)
	r.touched = nil
	w.now = w.now.Add(time.Millisecond)
	_, err = w.Authenticate(t.Context(), seen)
	wantKind(t, "a token that was good longer ago", err, directory.KindUnavailable)

	r.away = nil
	if _, err := w.Authenticate(t.Context(), seen); err != nil {
		t.Errorf("when the store is back: %v", err)
	}
}

func TestNobodyWaitsLongForASilentStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		r := w.onRemote()
		token := w.login(ada)
		if _, err := w.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		r.silent = make(chan struct{})
		began := time.Now()
		if caller, err := w.Authenticate(t.Context(), token); err != nil || caller.User != ada {
			t.Errorf("a token that was good lately: %+v, %v", caller, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		close(r.silent)
	})
}
