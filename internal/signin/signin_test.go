package signin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/signin"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// A world is a directory of a few people, with a clock that the test sets.
type world struct {
	*signin.Service
	core        *core.Core
	now         atomic.Int64
	provisioned string // the source of a SCIM client
}

// turned seals a text, and opens what it has sealed.
func turned(b []byte) ([]byte, error) {
	out := slices.Clone(b)
	for i := range out {
		out[i] ^= 0xff
	}
	return out, nil
}

// The people of a world.
const (
	ada      directory.UserID = 101
	disabled directory.UserID = 102
	service  directory.UserID = 103
	deleted  directory.UserID = 104
	nobody   directory.UserID = 999
)

func newWorld(t *testing.T, config signin.Config) *world {
	t.Helper()
	st := memstore.New()
	c, err := core.Open(t.Context(), st, core.Options{Sealer: noSecrets{}, Language: "EN"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, _, err := c.Bootstrap(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	w := &world{core: c}
	w.now.Store(time.Now().UnixMilli())
	w.commit(t,
		directory.CreateUser{ID: ada, FirstName: "Ada"}, directory.CreateUser{ID: disabled, Disabled: true},
		directory.CreateUser{ID: service, Kind: directory.KindService}, directory.CreateUser{ID: deleted},
		directory.DeleteUser{User: deleted})
	config.Now = func() time.Time { return time.UnixMilli(w.now.Load()) }
	config.Links, config.Directory, config.Seal, config.Unseal = true, w, turned, turned
	w.Service = signin.New(st, config)
	return w
}

// noSecrets seals nothing: the directory of these tests has no hidden values.
type noSecrets struct{}

func (noSecrets) Seal(directory.AttributeID, directory.Object, string) (string, []byte, error) {
	return "", nil, errors.ErrUnsupported
}

func (noSecrets) Open(directory.AttributeID, directory.Object, string, []byte) (string, error) {
	return "", errors.ErrUnsupported
}

func (w *world) commit(t *testing.T, edits ...directory.Edit) {
	t.Helper()
	if _, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) pass(d time.Duration) { w.now.Add(d.Milliseconds()) }

func (w *world) link(t *testing.T, user directory.UserID) string {
	t.Helper()
	l, err := w.MakeLink(t.Context(), 1, user, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l.Secret
}

func (w *world) signIn(t *testing.T) (cookie string) {
	t.Helper()
	cookie, err := w.UseLink(t.Context(), w.link(t, ada), "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

func signedIn(t *testing.T, w *world, cookie string, want bool) {
	t.Helper()
	s, err := w.Authenticate(t.Context(), cookie)
	if (err == nil) != want || err != nil && directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("the cookie is good: %v (%v), want %v", err == nil, err, want)
	}
	if want && s.User != ada {
		t.Errorf("it is user %d, want %d", s.User, ada)
	}
}

func TestALinkSignsInOnce(t *testing.T) {
	w := newWorld(t, signin.Config{})
	secret := w.link(t, ada)
	var cookies sync.Map
	var wins atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			cookie, err := w.UseLink(context.Background(), secret, "")
			if err == nil {
				wins.Add(1)
				cookies.Store(cookie, true)
			}
		})
	}
	all.Wait()
	if n := wins.Load(); n != 1 {
		t.Errorf("%d of 8 signed in by one link, want 1", n)
	}
	cookies.Range(func(cookie, _ any) bool {
		signedIn(t, w, cookie.(string), true)
		return true
	})
}

func TestALinkIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *world, string) string{
		"when it is too old":         func(_ *testing.T, w *world, s string) string { w.pass(10 * time.Minute); return s },
		"when another was made":      func(t *testing.T, w *world, s string) string { w.link(t, ada); return s },
		"when it is another":         func(_ *testing.T, _ *world, s string) string { return strings.Repeat("A", len(s)) },
		"when it is cut":             func(_ *testing.T, _ *world, s string) string { return s[1:] },
		"when it is in another case": func(_ *testing.T, _ *world, s string) string { return strings.ToLower(s) },
		"when it is empty":           func(*testing.T, *world, string) string { return "" },
		"when the user is disabled": func(t *testing.T, w *world, s string) string {
			yes := true
			w.commit(t, directory.UpdateUser{User: ada, Disabled: &yes})
			return s
		},
		"when the user is deleted": func(t *testing.T, w *world, s string) string {
			w.commit(t, directory.DeleteUser{User: ada})
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, signin.Config{})
			secret := spoil(t, w, w.link(t, ada))
			if _, err := w.UseLink(t.Context(), secret, ""); directory.KindOf(err) != directory.KindUnauthenticated {
				t.Errorf("UseLink: %v, want unauthenticated", err)
			}
		})
	}
}

func TestOnlyPeopleWhoAreEnabledGetALink(t *testing.T) {
	w := newWorld(t, signin.Config{})
	for user, want := range map[directory.UserID]directory.Kind{
		disabled: directory.KindInvalid, service: directory.KindInvalid, deleted: directory.KindNotFound,
		nobody: directory.KindNotFound,
	} {
		if _, err := w.MakeLink(t.Context(), 1, user, 0); directory.KindOf(err) != want {
			t.Errorf("user %d: %v, want kind %d", user, err, want)
		}
	}
	for life, want := range map[time.Duration]bool{time.Second: false, time.Minute: true, 24 * time.Hour: true,
		25 * time.Hour: false} {
		if _, err := w.MakeLink(t.Context(), 1, ada, life); (err == nil) != want {
			t.Errorf("a life of %v: %v, want %v", life, err, want)
		}
	}
}

func TestASessionEndsByItself(t *testing.T) {
	w := newWorld(t, signin.Config{IdleLife: 30 * time.Minute, LinkSession: time.Hour})
	cookie := w.signIn(t)
	for range 2 { // use extends it
		w.pass(29 * time.Minute)
		signedIn(t, w, cookie, true)
	}
	w.pass(2 * time.Minute) // an hour has passed
	signedIn(t, w, cookie, false)

	cookie = w.signIn(t)
	w.pass(30 * time.Minute)
	signedIn(t, w, cookie, false) // without use
}

func TestLookingIsNoUse(t *testing.T) {
	w := newWorld(t, signin.Config{})
	cookie := w.signIn(t)
	w.pass(29 * time.Minute)
	if _, err := w.Look(t.Context(), cookie); err != nil {
		t.Error(err)
	}
	w.pass(2 * time.Minute)
	signedIn(t, w, cookie, false)
}

func TestASessionIsEndedByHand(t *testing.T) {
	w := newWorld(t, signin.Config{})
	for name, end := range map[string]func(*testing.T, string){
		"by signing out": func(t *testing.T, cookie string) {
			if err := w.SignOut(t.Context(), cookie); err != nil {
				t.Error(err)
			}
		},
		"by its id": func(t *testing.T, _ string) {
			list, err := w.Sessions(t.Context(), ada)
			if err != nil || len(list) != 1 {
				t.Fatalf("sessions: %+v, %v; want one", list, err)
			}
			if err := w.End(t.Context(), disabled, list[0].ID); directory.KindOf(err) != directory.KindNotFound {
				t.Errorf("as one of somebody else: %v, want not found", err)
			}
			if err := w.End(t.Context(), ada, list[0].ID); err != nil {
				t.Error(err)
			}
		},
		"with all others": func(t *testing.T, _ string) {
			if n, err := w.EndAll(t.Context(), ada); n != 1 || err != nil {
				t.Errorf("EndAll: %d, %v; want 1", n, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cookie := w.signIn(t)
			signedIn(t, w, cookie, true)
			end(t, cookie)
			signedIn(t, w, cookie, false)
		})
	}
}

func TestNoCookieIsGoodButTheRightOne(t *testing.T) {
	w := newWorld(t, signin.Config{})
	cookie := w.signIn(t)
	for _, other := range []string{"", "x", cookie + "A", cookie[1:], strings.ToLower(cookie),
		strings.Repeat("A", len(cookie))} {
		signedIn(t, w, other, false)
	}
	if w.signIn(t) == cookie {
		t.Error("two sign-ins have one cookie")
	}
}

func TestLinksCanBeSwitchedOff(t *testing.T) {
	off := signin.New(memstore.New(), signin.Config{})
	if _, err := off.MakeLink(t.Context(), 1, ada, 0); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("MakeLink: %v, want forbidden", err)
	}
}
