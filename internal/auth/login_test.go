package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/store"
)

func TestAGoodPairGivesATokenForAnHour(t *testing.T) {
	w := newWorld(t)
	token, err := w.Login(t.Context(), "client-ada", "secret-ada", home)
	if err != nil {
		t.Fatal(err)
	}
	if got := token.ExpiresAt.Time().Sub(w.now); got != time.Hour {
		t.Errorf("it lives for %v", got)
	}
	caller, err := w.Authenticate(t.Context(), token.Text)
	if want := (directory.Caller{User: ada, Credential: 10}); err != nil || caller != want {
		t.Errorf("it is that of %+v, %v; want %+v", caller, err, want)
	}
}

func TestEveryBadLoginGetsTheSameAnswer(t *testing.T) {
	w := newWorld(t)
	var first string
	for _, tt := range []struct{ name, clientID, secret string }{
		{"a wrong secret", "client-ada", "secret-bob"},
		{"no secret", "client-ada", ""},
		{"a longer secret", "client-ada", "secret-ada "},
		{"a very long secret", "client-ada", strings.Repeat("x", 1<<20)},
		{"an unknown client id", "client-eve", "secret-ada"},
		{"a client id in other case", "CLIENT-ADA", "secret-ada"},
		{"a client id with a space", "client-ada ", "secret-ada"},
		{"no client id", "", "secret-ada"},
		{"a client id with a NUL", "client-ada\x00", "secret-ada"},
		{"a client id that is not UTF-8", "client-ada\xff", "secret-ada"},
		{"a very long client id", strings.Repeat("x", 1<<20), "secret-ada"},
		{"a disabled user", "client-disabled", "secret-disabled"},
		{"a deleted user", "client-deleted", "secret-deleted"},
		{"a disabled credential", "client-nokey", "secret-nokey"},
		{"a credential without a secret", "client-nosecret", ""},
	} {
		_, err := w.Login(t.Context(), tt.clientID, tt.secret, home)
		wantKind(t, tt.name, err, directory.KindNotFound)
		e, _ := errors.AsType[*directory.Error](err)
		if first == "" {
			first = e.Public()
		}
		if e == nil || e.Public() != first || e.Field != "" {
			t.Errorf("%s: answer %q; the others get %q", tt.name, e.Public(), first)
		}
	}
}

func TestTenFailuresLockAClientIDForAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	for i := range 10 {
		if kind := w.fail("client-ada", home); kind != directory.KindNotFound {
			t.Fatalf("failure %d is answered with kind %d", i+1, kind)
		}
		w.now = w.now.Add(time.Second)
	}
	_, err := w.Login(t.Context(), "client-ada", "secret-ada", netip.MustParseAddr("203.0.113.9"))
	wantKind(t, "a good login of the locked client id from elsewhere", err, directory.KindTooMany)
	e, _ := errors.AsType[*directory.Error](err)
	if e.RetryAfter != 15*time.Minute-time.Second || !strings.Contains(e.Public(), "login attempts exceeded") || strings.Contains(e.Public(), "ada") {
		t.Errorf("the answer is %q, to be tried again after %v", e.Public(), e.RetryAfter)
	}
	w.login(bob) // from the same address

	w.now = w.now.Add(15*time.Minute - 2*time.Second)
	if kind := w.fail("client-ada", home); kind != directory.KindTooMany {
		t.Errorf("a little before the lock ends: kind %d", kind)
	}
	w.now = w.now.Add(time.Second)
	w.login(ada) // guessing during the lock did not make it longer
}

func TestALockForgetsWhatLedToIt(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.fail("client-ada", home)
	}
	w.now = w.now.Add(15 * time.Minute)
	for i := range 10 {
		if kind := w.fail("client-ada", home); kind != directory.KindNotFound {
			t.Fatalf("failure %d after the lock is answered with kind %d", i+1, kind)
		}
	}
}

func TestAGoodLoginTakesTheCountBack(t *testing.T) {
	w := newWorld(t)
	for range 30 {
		for range 9 {
			if kind := w.fail("client-ada", netip.Addr{}); kind == directory.KindTooMany {
				return // the address, after a hundred
			}
		}
		w.login(ada)
	}
	t.Error("an address that fails 270 times is not locked, because good logins are mixed in")
}

func TestAnAddressIsLockedAfterAHundredFailuresWithAnyClientIDs(t *testing.T) {
	w := newWorld(t)
	at := func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1)) }
	for i := range 100 {
		if kind := w.fail(fmt.Sprintf("guess-%d", i), at(i)); kind != directory.KindNotFound {
			t.Fatalf("failure %d is answered with kind %d", i+1, kind)
		}
	}
	if kind := w.fail("guess-100", at(100)); kind != directory.KindTooMany {
		t.Errorf("the next one from the same /64 is answered with kind %d", kind)
	}
	_, err := w.Login(t.Context(), "client-bob", "secret-bob", at(101))
	wantKind(t, "a good login from there", err, directory.KindTooMany)
	if _, err := w.Login(t.Context(), "client-bob", "secret-bob", netip.MustParseAddr("2001:db8:0:1::1")); err != nil {
		t.Errorf("a good login from the next /64: %v", err)
	}
}

func TestGoodLoginsFromOneAddressNeverLockIt(t *testing.T) {
	w := newWorld(t)
	for range 300 {
		w.login(ada)
	}
}

func TestGoodLoginsInParallelAreNotBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Service = auth.New(&slow{w.store}, auth.Config{})
		var wg sync.WaitGroup
		for i := range 100 {
			name := names[[]directory.UserID{ada, bob}[i%2]]
			wg.Go(func() {
				if _, err := w.Login(t.Context(), "client-"+name, "secret-"+name, home); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestGuessesInParallelGetNoMoreTriesThanTheLimit(t *testing.T) {
	for _, nodes := range []int{1, 50} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			services := make([]*auth.Service, nodes)
			for i := range services {
				services[i] = auth.New(&slow{w.store}, auth.Config{})
			}
			var tried atomic.Int64
			var wg sync.WaitGroup
			for i := range 200 {
				from := netip.AddrFrom4([4]byte{10, 0, byte(i), 1})
				wg.Go(func() {
					_, err := services[i%nodes].Login(t.Context(), "client-ada", "wrong", from)
					if directory.KindOf(err) == directory.KindNotFound {
						tried.Add(1)
					}
				})
			}
			wg.Wait()
			if n := tried.Load(); n != 10 {
				t.Errorf("on %d nodes %d guesses were looked at, want 10", nodes, n)
			}
		})
	}
}

func TestAGuessCountsAlsoIfTheCallerDoesNotWait(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	watched := auth.New(&spy{w.store, func(string) { cancel() }}, auth.Config{AddressFailures: 1})
	if _, err := watched.Login(ctx, "client-ada", "wrong", home); err == nil {
		t.Error("a wrong secret logs in")
	}
	_, err := watched.Login(t.Context(), "client-bob", "secret-bob", home)
	wantKind(t, "the next login from there", err, directory.KindTooMany)
}

func TestALoginThatIsNotWaitedForEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Service = auth.New(&slow{w.store}, auth.Config{})
		go w.Login(t.Context(), "client-ada", "secret-ada", home)
		time.Sleep(1500 * time.Millisecond) // now it is through the first step, and ahead
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		_, err := w.Login(ctx, "client-ada", "secret-ada", home)
		wantKind(t, "a login behind another", err, directory.KindUnavailable)
		w.login(ada)
	})
}

// A slow store takes a second for each step of a login, so that logins which
// may run in parallel do.
type slow struct{ store.Store }

func (s *slow) Ephemera() store.Ephemera { return &slowSessions{s.Store.Ephemera()} }

type slowSessions struct{ store.Ephemera }

func (s *slowSessions) Attempts(ctx context.Context, key string) (store.Attempts, error) {
	defer time.Sleep(time.Second)
	return s.Ephemera.Attempts(ctx, key)
}

func (s *slowSessions) CountAttempt(ctx context.Context, key string, at, since directory.Instant) (store.Attempts, error) {
	defer time.Sleep(time.Second)
	return s.Ephemera.CountAttempt(ctx, key, at, since)
}

func TestInventedClientIDsDoNotFillTheTable(t *testing.T) {
	w := newWorld(t)
	keys := map[string]bool{}
	w.Service = auth.New(&spy{w.store, func(key string) { keys[key] = true }}, auth.Config{AddressFailures: 1 << 30})
	for i := range 200 {
		w.fail(fmt.Sprintf("guess-%d", i), home)
	}
	for key := range keys {
		if strings.Contains(key, "guess") {
			t.Fatalf("a count is kept under %q", key)
		}
	}
}

// A spy is told the keys under which is counted.
type spy struct {
	store.Store
	counted func(key string)
}

func (s *spy) Ephemera() store.Ephemera { return &spySessions{s.Store.Ephemera(), s.counted} }

type spySessions struct {
	store.Ephemera
	counted func(key string)
}

func (s *spySessions) CountAttempt(ctx context.Context, key string, at, since directory.Instant) (store.Attempts, error) {
	defer s.counted(key)
	return s.Ephemera.CountAttempt(ctx, key, at, since)
}
