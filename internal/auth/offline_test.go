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

	level time.Time // when what readers see was known to be the newest
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

func (s remoteSessions) TokenEnds(ctx context.Context, after int64) (store.TokenEnds, error) {
	if s.r.away != nil {
		return store.TokenEnds{}, s.r.away
	}
	return s.Ephemera.TokenEnds(ctx, after)
}

// onRemote moves the world's service to a node of several.
func (w *world) onRemote() *remote {
	r := &remote{Store: counted{w.store, w}, level: w.now}
	config := w.config()
	config.RememberFor = time.Minute
	config.Memory.Away = func() error { return r.away }
	config.Memory.Age = func() time.Duration { return w.now.Sub(r.level) }
	w.Service = auth.New(r, config)
	return r
}

// hear brings this node level with all others.
func (w *world) hear(r *remote) {
	r.level = w.now
	w.Listen(w.t.Context())
}

func TestATokenIsNotLookedUpWhileNothingEndsIt(t *testing.T) {
	w := newWorld(t)
	r := w.onRemote()
	w.hear(r)
	token := w.login(ada)
	costs := func(what string, want int) {
		t.Helper()
		before := w.reads.Load()
		if _, err := w.Authenticate(t.Context(), token); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := w.reads.Load() - before; got != int64(want) {
			t.Errorf("%s: %d reads of the store, want %d", what, got, want)
		}
	}
	costs("at first", 2)
	costs("again", 0)
	change(w, directory.User{ID: bob}.Key(), func(u *directory.User) { u.FirstName = "Bob" })
	costs("after a change of another", 0)
	other := w.login(bob)
	if err := w.Logout(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.hear(r)
	costs("after a logout of another", 0)
	change(w, directory.User{ID: ada}.Key(), func(u *directory.User) { u.FirstName = "Ada" })
	costs("after a change of its user", 2)
	costs("and again", 0)
	w.now = w.now.Add(time.Second)
	costs("when nothing was heard of other nodes for a second", 2)
	w.Listen(t.Context())
	costs("when nothing was heard of changes for a second", 2)
	w.hear(r)
	costs("when all was heard", 0)
}

func TestATokenThatAnotherNodeEndsEndsWithinASecond(t *testing.T) {
	for name, end := range map[string]func(*world, *auth.Service, string) error{
		"by a logout": func(w *world, other *auth.Service, token string) error { return other.Logout(w.t.Context(), token) },
		"as a session": func(w *world, other *auth.Service, _ string) error {
			sessions, err := other.SessionsOf(w.t.Context(), ada)
			return errors.Join(err, other.EndSession(w.t.Context(), ada, sessions[0].ID))
		},
		"by a newer one": func(w *world, other *auth.Service, _ string) error {
			_, err := other.Login(w.t.Context(), "client-ada", "secret-ada", home)
			return err
		},
	} {
		for _, listens := range []bool{true, false} {
			w := newWorld(t)
			config := w.config()
			config.CredentialTokens = 1
			other := auth.New(w.store, config)
			r := w.onRemote()
			w.hear(r)
			token := w.login(ada)
			if _, err := w.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			if err := end(w, other, token); err != nil {
				t.Fatal(err)
			}
			if listens {
				w.Listen(t.Context())
			} else {
				w.now = w.now.Add(time.Second)
			}
			_, err := w.Authenticate(t.Context(), token)
			wantKind(t, "a token that was ended "+name, err, directory.KindUnauthenticated)
		}
	}
}

func TestTheTokenThatWasUsedTheLongestAgoEnds(t *testing.T) {
	w := newWorld(t)
	config := w.config()
	config.CredentialTokens = 3
	w.Service = auth.New(counted{w.store, w}, config)
	var tokens []string
	for range 3 {
		tokens = append(tokens, w.login(ada))
		w.now = w.now.Add(time.Second)
	}
	good := func(token string) bool {
		_, err := w.Authenticate(t.Context(), token)
		return err == nil
	}
	if !good(tokens[0]) { // used later than the others were made
		t.Fatal("the first is not good")
	}
	w.now = w.now.Add(time.Second)
	sudo, err := w.Sudo(t.Context(), tokens[2], bob)
	if err != nil {
		t.Fatal(err)
	}
	if !good(tokens[0]) || good(tokens[1]) || !good(tokens[2]) || !good(sudo.Text) {
		t.Error("another token has ended than the second")
	}
	if w.login(bob); !good(tokens[0]) {
		t.Error("a login with another credential has ended a token")
	}
}

func TestATokenIsGoodWhileTheStoreIsAwayIfItWasLately(t *testing.T) {
	w := newWorld(t)
	r := w.onRemote()
	w.hear(r)
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
	w.touched[ada] = 5
	_, err = w.Authenticate(t.Context(), seen)
	wantKind(t, "a token of a user who was changed before the store was away", err, directory.KindUnavailable)
	delete(w.touched, ada)
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
		w.now = w.now.Add(time.Second)
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
