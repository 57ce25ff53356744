package auth_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/store"
)

func (w *world) lastUses() directory.CredentialUses {
	w.t.Helper()
	uses, err := w.LastUses(w.t.Context(), 10, 20, 30)
	if err != nil {
		w.t.Fatal(err)
	}
	return uses
}

func TestLastUseOfACredentialIsKnown(t *testing.T) {
	for name, memory := range map[string]bool{"remembered tokens": true, "tokens looked up": false} {
		w := newWorld(t)
		if !memory {
			w.Service = auth.New(w.store, auth.Config{Now: w.config().Now})
		}
		w.fail("client-bob", home)
		if uses := w.lastUses(); len(uses) != 0 {
			t.Errorf("%s: before a use: %v", name, uses)
		}
		token := w.login(bob)
		want := directory.CredentialUses{20: directory.InstantOf(w.now)}
		if uses := w.lastUses(); !maps.Equal(uses, want) {
			t.Errorf("%s: after the log-in: %v, want %v", name, uses, want)
		}
		for range 2 {
			w.now = w.now.Add(10 * time.Minute)
			if _, err := w.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			want[20] = directory.InstantOf(w.now)
			if uses := w.lastUses(); !maps.Equal(uses, want) {
				t.Errorf("%s: after a request: %v, want %v", name, uses, want)
			}
		}
	}
}

// A notedUses counts how often uses are written, and fails if told so.
type notedUses struct {
	store.Store
	writes int
	fails  bool
}

func (n *notedUses) Ephemera() store.Ephemera { return notedRows{n.Store.Ephemera(), n} }

type notedRows struct {
	store.Ephemera
	n *notedUses
}

func (r notedRows) UseCredentials(ctx context.Context, uses directory.CredentialUses) error {
	r.n.writes++
	if r.n.fails {
		return errors.New("no room")
	}
	return r.Ephemera.UseCredentials(ctx, uses)
}

// Uses are written once a minute at most, whatever the number of requests, and when
// the service ends.
func TestUsesOfCredentialsAreWrittenOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		noted := &notedUses{Store: w.store, fails: true}
		config := w.config()
		config.Now = time.Now
		w.Service, w.now = auth.New(noted, config), time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.Run(ctx); close(ended) }()
		token := w.login(bob)
		for range 300 {
			time.Sleep(time.Second)
			if _, err := w.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		if noted.writes < 4 || noted.writes > 7 {
			t.Errorf("%d writes in five minutes", noted.writes)
		}
		last := directory.InstantOf(time.Now())
		stored := func() directory.Instant {
			uses, err := w.store.Ephemera().CredentialUses(t.Context(), 20)
			if err != nil {
				t.Fatal(err)
			}
			return uses[20]
		}
		if stored() != 0 || w.lastUses()[20] != last {
			t.Errorf("the store has %d, known is %v, used at %d", stored(), w.lastUses(), last)
		}
		noted.fails = false
		cancel()
		<-ended
		if stored() != last {
			t.Errorf("after the end the store has %d, used at %d", stored(), last)
		}
	})
}

func TestATokenEndsWithItsCredential(t *testing.T) {
	w := newWorld(t)
	before := w.login(bob)
	sudo, err := w.Sudo(t.Context(), before, ada)
	if err != nil {
		t.Fatal(err)
	}
	end := w.now.Add(time.Minute)
	change(w, directory.Credential{ID: 20}.Key(), func(c *directory.Credential) { c.ExpiresAt = directory.InstantOf(end) })
	after, err := w.Login(t.Context(), "client-bob", "secret-bob", home)
	if err != nil || after.ExpiresAt != directory.InstantOf(end) {
		t.Fatalf("a token until %v, %v; its credential ends at %v", after.ExpiresAt, err, end)
	}
	for _, test := range []struct {
		now  time.Time
		good bool
	}{{w.now, true}, {end.Add(-time.Millisecond), true}, {end, false}} {
		w.now = test.now
		for name, token := range map[string]string{"before": before, "after": after.Text, "sudo": sudo.Text} {
			if _, err := w.Authenticate(t.Context(), token); (err == nil) != test.good {
				t.Errorf("%v, the token made %s: %v", test.now, name, err)
			}
		}
		if _, err := w.Login(t.Context(), "client-bob", "secret-bob", home); (err == nil) != test.good {
			t.Errorf("%v: a log-in: %v", test.now, err)
		}
	}
}
