package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
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

func TestTenFailuresSlowAPairOfClientIDAndAddressDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 10 {
			if kind := w.fail("client-ada", home); kind != directory.KindNotFound {
				t.Fatalf("failure %d is answered with kind %d", i+1, kind)
			}
			w.now = w.now.Add(time.Second)
		}
		_, err := w.Login(t.Context(), "client-ada", "wrong", home)
		wantKind(t, "the next failure", err, directory.KindTooMany)
		e, _ := errors.AsType[*directory.Error](err)
		if e.RetryAfter != 15*time.Minute-10*time.Second || !strings.Contains(e.Public(), "login attempts exceeded") ||
			strings.Contains(e.Public(), "ada") {
			t.Errorf("the answer is %q, to be tried again after %v", e.Public(), e.RetryAfter)
		}
		for name, other := range map[string]struct{ client, from string }{
			"the same client id elsewhere":          {"client-ada", "203.0.113.9"},
			"another client id at the same address": {"client-bob", home.String()},
		} {
			if kind := w.fail(other.client, netip.MustParseAddr(other.from)); kind != directory.KindNotFound {
				t.Errorf("%s: a failure is answered with kind %d", name, kind)
			}
		}
		w.login(bob)
		w.now = w.now.Add(15 * time.Minute)
		if kind := w.fail("client-ada", home); kind != directory.KindNotFound {
			t.Errorf("once the failures are forgotten: kind %d", kind)
		}
	})
}

func TestARightPairPassesWhateverFailedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 300 {
			w.fail("client-ada", home)
		}
		start := time.Now()
		w.login(ada)
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		if kind := w.fail("client-ada", home); kind != directory.KindTooMany {
			t.Errorf("the address is not limited after 300 failures, because of a good login: kind %d", kind)
		}
	})
}

func TestAWrongSecretAboveTheLimitIsDelayedAndHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 10 {
			w.fail("client-ada", home)
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				start := time.Now()
				if kind := w.fail("client-ada", home); kind != directory.KindTooMany || time.Since(start) != time.Second {
					t.Errorf("kind %d after %v", kind, time.Since(start))
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		w.login(ada)
		if took := time.Since(start); took != 0 {
			t.Errorf("a good login waited %v for wrong ones", took)
		}
		wg.Wait()
	})
}

func TestAnAddressIsSlowedDownAfterAHundredFailuresWithAnyClientIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
		if kind := w.fail("guess-101", netip.MustParseAddr("2001:db8:0:1::1")); kind != directory.KindNotFound {
			t.Errorf("a failure in the next /64 is answered with kind %d", kind)
		}
		if _, err := w.Login(t.Context(), "client-bob", "secret-bob", at(101)); err != nil {
			t.Errorf("a good login from there: %v", err)
		}
	})
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

func TestAGuessCountsAlsoIfTheCallerDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		watched := auth.New(&spy{w.store, func(string) { cancel() }}, auth.Config{AddressFailures: 1})
		if _, err := watched.Login(ctx, "client-ada", "wrong", home); err == nil {
			t.Error("a wrong secret logs in")
		}
		_, err := watched.Login(t.Context(), "client-bob", "wrong", home)
		wantKind(t, "the next failure from there", err, directory.KindTooMany)
	})
}

func TestALoginSaysInTheLogWhoAndWhence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var out bytes.Buffer
		w.Service = auth.New(w.store, auth.Config{Log: slog.New(slog.NewTextHandler(&out, nil)), ClientFailures: 1})
		w.login(ada)
		w.fail("client-ada", home)
		w.fail("client-ada", home)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		for i, want := range []string{
			"event=login address=" + home.String() + " user=1 credential=10",
			"event=login_failed address=" + home.String() + " user=1 credential=10 limited=false",
			"event=login_failed address=" + home.String() + " user=1 credential=10 limited=true",
		} {
			if len(lines) <= i || !strings.HasSuffix(lines[i], want) {
				t.Errorf("line %d: %q, want %q", i, lines, want)
			}
		}
		if strings.Contains(out.String(), "secret-") || strings.Contains(out.String(), "client-") {
			t.Errorf("the log repeats what was sent: %s", out.String())
		}
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

func (s *slowSessions) CountAttempt(ctx context.Context, key string, at,
	since directory.Instant) (store.Attempts, error) {
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

func (s *spySessions) CountAttempt(ctx context.Context, key string, at,
	since directory.Instant) (store.Attempts, error) {
	defer s.counted(key)
	return s.Ephemera.CountAttempt(ctx, key, at, since)
}
