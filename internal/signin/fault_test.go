package signin_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"cohort/internal/directory"
	"cohort/internal/signin"
	"cohort/internal/view"
)

// withTwo returns a world with the providers mock and other.
func withTwo(t *testing.T) (w *world, mock, other *mockoidc.MockOIDC) {
	t.Helper()
	mock, other = run(t, nil), run(t, nil)
	var list []signin.Provider
	for name, m := range map[string]*mockoidc.MockOIDC{"mock": mock, "other": other} {
		t.Cleanup(func() { _ = m.Shutdown() })
		list = append(list, signin.Provider{
			Name: name, Title: name, Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret,
			EmailVerified: "claim",
			RedirectURL:   "https://cohort.example/ui/login/" + name + "/callback",
		})
	}
	w = newWorld(t, signin.Config{Providers: list})
	w.commit(t, directory.SetLoginEmail{User: ada, Email: "ada@example.com"})
	return w, mock, other
}

// through signs a person in at a provider.
func (w *world) through(t *testing.T, name string, m *mockoidc.MockOIDC, who person) (directory.UserID, error) {
	t.Helper()
	to, cookie, err := w.Begin(t.Context(), name, "/ui/users", 0)
	if err != nil {
		t.Fatal(err)
	}
	session, _, err := w.Finish(t.Context(), name, cookie, visit(t, m, to, who), "")
	if err != nil {
		return 0, err
	}
	s, err := w.Authenticate(t.Context(), session)
	return s.User, err
}

func TestTheSameSubjectOfAnotherProviderIsAnotherPerson(t *testing.T) {
	w, mock, other := withTwo(t)
	if user, err := w.through(t, "mock", mock, good()); user != ada || err != nil {
		t.Fatalf("%d, %v", user, err)
	}
	if user, err := w.through(t, "other", other,
		person{sub: good().sub}); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("the same subject elsewhere signs in as %d: %v", user, err)
	}
	// By her e-mail she has an account at both.
	if user, err := w.through(t, "other", other, person{sub: "z", claims: email("ada@example.com", true)}); user != ada ||
		err != nil {
		t.Errorf("%d, %v", user, err)
	}
}

func TestTheCodeOfAnotherProviderIsRefused(t *testing.T) {
	w, mock, other := withTwo(t)
	toMock, cookie, err := w.Begin(t.Context(), "mock", "/ui/", 0)
	if err != nil {
		t.Fatal(err)
	}
	toOther, _, err := w.Begin(t.Context(), "other", "/ui/", 0)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := visit(t, mock, toMock, good()), visit(t, other, toOther, good())
	// The callback of one provider comes with the state of the other's sign-in.
	mixed := mine
	mixed.Set("code", theirs.Get("code"))
	for _, name := range []string{"other", "mock"} {
		if _, _, err := w.Finish(t.Context(), name, cookie, mixed,
			""); directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("at %s: %v, want unauthenticated", name, err)
		}
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	w, m := withProvider(t, nil)
	cookie, callback := w.at(t, m, good())
	if _, _, err := w.Finish(t.Context(), "mock", cookie, callback, ""); err != nil {
		t.Fatal(err)
	}
	later, next := w.at(t, m, good())
	next.Set("code", callback.Get("code"))
	if _, _, err := w.Finish(t.Context(), "mock", later, next,
		""); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("%v, want unauthenticated", err)
	}
}

func TestTheKeysOfAProviderMayChangeMeanwhile(t *testing.T) {
	w, m := withProvider(t, nil)
	if _, err := w.finish(t, m, good()); err != nil {
		t.Fatal(err)
	}
	cookie, callback := w.at(t, m, good())
	keys, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	m.Keypair = keys
	if _, _, err := w.Finish(t.Context(), "mock", cookie, callback, ""); err != nil {
		t.Errorf("after the keys were changed: %v", err)
	}
}

func TestWithoutTheKeysOfAProviderNobodyComesIn(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	m := run(t, func(_ *mockoidc.MockOIDC, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() && strings.HasSuffix(r.URL.Path, "/jwks.json") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	w := worldOf(t, m, nil)
	if _, err := w.finish(t, m, good()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("%v, want unauthenticated", err)
	}
	down.Store(false)
	if _, err := w.finish(t, m, good()); err != nil {
		t.Errorf("once they are there: %v", err)
	}
}

func TestADisabledOrDeletedUserIsRefusedLikeAnUnknownOne(t *testing.T) {
	yes := true
	texts := map[string]bool{}
	for name, end := range map[string]directory.Edit{
		"unknown": nil, "disabled": directory.UpdateUser{User: ada, Disabled: &yes},
		"deleted": directory.DeleteUser{User: ada},
	} {
		w, m := withProvider(t, func(p *signin.Provider) { p.Create = false })
		who := good()
		if name == "unknown" {
			who = person{sub: "2"}
		} else {
			if _, err := w.finish(t, m, who); err != nil {
				t.Fatal(err)
			}
			w.commit(t, end)
		}
		_, err := w.finish(t, m, who)
		if directory.KindOf(err) != directory.KindForbidden {
			t.Errorf("%s: %v, want forbidden", name, err)
			continue
		}
		texts[public(err)] = true
	}
	if len(texts) != 1 {
		t.Errorf("the texts tell who is there: %v", texts)
	}
}

func TestClocksMayDifferByTwoMinutes(t *testing.T) {
	for _, by := range []time.Duration{-2 * time.Minute, 2 * time.Minute} {
		w, m := withProvider(t, func(p *signin.Provider) { p.MaxAge = time.Hour })
		w.pass(by)
		who := good()
		who.claims["auth_time"] = time.Now().Unix()
		if _, err := w.finish(t, m, who); err != nil {
			t.Errorf("by %v: %v", by, err)
		}
	}
}

// TestTwoTabsSignInAtOnce signs in with two tabs of one browser. They share the cookie, so the
// later one succeeds and the earlier one has to try again.
func TestTwoTabsSignInAtOnce(t *testing.T) {
	w, m := withProvider(t, nil)
	_, first := w.at(t, m, good())
	cookie, second := w.at(t, m, good())
	if _, _, err := w.Finish(t.Context(), "mock", cookie, second, ""); err != nil {
		t.Errorf("the later tab: %v", err)
	}
	if _, _, err := w.Finish(t.Context(), "mock", cookie, first,
		""); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("the earlier tab: %v, want unauthenticated", err)
	}
}

// oneByOne serves one request at a time, because the test provider does not support concurrent
// requests.
func oneByOne() func(*mockoidc.MockOIDC, http.Handler) http.Handler {
	var one sync.Mutex
	return func(_ *mockoidc.MockOIDC, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			one.Lock()
			defer one.Unlock()
			next.ServeHTTP(w, r)
		})
	}
}

// TestTwoBrowsersSignInForTheFirstTimeAtOnce races the link of one person.
func TestTwoBrowsersSignInForTheFirstTimeAtOnce(t *testing.T) {
	for name, create := range map[string]bool{"linked by e-mail": false, "created": true} {
		m := run(t, oneByOne())
		w := worldOf(t, m, func(p *signin.Provider) { p.Create = create })
		who := good()
		if create {
			who = person{sub: "new", claims: map[string]any{"given_name": "Bo"}}
		}
		var all sync.WaitGroup
		var users sync.Map
		for range 4 {
			cookie, callback := w.at(t, m, who)
			all.Go(func() {
				session, _, err := w.Finish(t.Context(), "mock", cookie, callback, "")
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				s, err := w.Authenticate(t.Context(), session)
				if err != nil {
					t.Error(err)
				}
				users.Store(s.User, true)
			})
		}
		all.Wait()
		n := 0
		users.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%s: one person is %d users", name, n)
		}
	}
}

func TestASessionEndsWithWhatItRestsOn(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct{ end, back []directory.Edit }{
		"the user is disabled": {
			[]directory.Edit{directory.UpdateUser{User: ada, Disabled: &yes}},
			[]directory.Edit{directory.UpdateUser{User: ada, Disabled: &no}},
		},
		"the user is deleted": {[]directory.Edit{directory.DeleteUser{User: ada}}, nil},
	} {
		w, m := withProvider(t, nil)
		cookie, callback := w.at(t, m, good())
		session, _, err := w.Finish(t.Context(), "mock", cookie, callback, "")
		if err != nil {
			t.Fatal(err)
		}
		signedIn(t, w, session, true)
		w.commit(t, c.end...)
		if list, err := w.Sessions(t.Context(), ada); len(list) != 0 || err != nil {
			t.Errorf("%s: %v, %v are left", name, list, err)
		}
		signedIn(t, w, session, false)
		if c.back != nil { // it stays deleted when the user is restored
			w.commit(t, c.back...)
			signedIn(t, w, session, false)
		}
	}
	for name, end := range map[string]func(directory.CredentialID) directory.Edit{
		"the link is disabled": func(id directory.CredentialID) directory.Edit {
			return directory.UpdateCredential{User: ada, Credential: id, Disabled: &yes}
		},
		"the link is removed": func(id directory.CredentialID) directory.Edit {
			return directory.DeleteCredential{User: ada, Credential: id}
		},
	} {
		w, m := withProvider(t, nil)
		cookie, callback := w.at(t, m, good())
		session, _, err := w.Finish(t.Context(), "mock", cookie, callback, "")
		if err != nil {
			t.Fatal(err)
		}
		u, err := view.New(w.core).As(directory.System("test")).WholeUser(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		sso, _ := u.Credential(directory.CredentialSSO)
		w.commit(t, end(sso.ID))
		signedIn(t, w, session, false)
		if _, err := w.finish(t, m, good()); directory.KindOf(err) != directory.KindForbidden &&
			name == "the link is disabled" {
			t.Errorf("%s: the person comes in again: %v", name, err)
		}
	}
}
