package auth_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/store"
)

func TestATokenIsGoodUntilItExpires(t *testing.T) {
	w := newWorld(t)
	token := w.login(ada)
	w.now = w.now.Add(time.Hour - time.Millisecond)
	if _, err := w.Authenticate(t.Context(), token); err != nil {
		t.Errorf("just before: %v", err)
	}
	w.now = w.now.Add(time.Millisecond)
	_, err := w.Authenticate(t.Context(), token)
	wantKind(t, "then", err, directory.KindUnauthenticated)
	_, err = w.Workspace(t.Context(), token)
	wantKind(t, "its workspace", err, directory.KindUnauthenticated)
	if n, err := w.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v, in the moment it expires", n, err)
	}
	w.now = w.now.Add(time.Millisecond)
	if n, err := w.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v; want 1", n, err)
	}
}

func TestATokenThatIsAlteredIsNone(t *testing.T) {
	w := newWorld(t)
	token := w.login(ada)
	altered := []string{"", " ", token + "A", token + "=", token + "\n", " " + token, "Cohort_" + token[7:], token[7:],
		token + token,
		strings.ToUpper(token), strings.ToLower(token), "cohort_" + strings.Repeat("A", 48), strings.Repeat("x", 1<<20)}
	for i, c := range token {
		other := 'x'
		switch {
		case unicode.IsUpper(c):
			other = unicode.ToLower(c)
		case unicode.IsLower(c):
			other = unicode.ToUpper(c)
		}
		altered = append(altered, token[:i], token[:i]+string(other)+token[i+1:])
	}
	for _, text := range altered {
		if text == token {
			continue
		}
		if _, err := w.Authenticate(t.Context(), text); directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

func TestOnlyTheHashOfATokenIsKept(t *testing.T) {
	w := newWorld(t)
	token := w.login(ada)
	stored, ok, err := w.store.Ephemera().Token(t.Context(), sha256.Sum256([]byte(token)))
	if err != nil || !ok || stored.User != ada || stored.Credential != 10 {
		t.Errorf("under its hash there is %+v, %v, %v", stored, ok, err)
	}
	if !strings.HasPrefix(token, "cohort_") || len(token) != 55 || w.login(ada) == token {
		t.Errorf("the token is %q", token)
	}
}

func TestATokenEndsAtOnceWithWhatItRestsOn(t *testing.T) {
	user := func(f func(*directory.User)) func(*world) {
		return func(w *world) { change(w, directory.User{ID: bob}.Key(), f) }
	}
	for name, end := range map[string]func(*world){
		"the user is disabled": user(func(u *directory.User) { u.Disabled = true }),
		"the user is deleted":  user(func(u *directory.User) { u.DeletedRev = 2 }),
		"the credential is disabled": func(w *world) {
			change(w, directory.Credential{ID: 20}.Key(), func(c *directory.Credential) { c.Disabled = true })
		},
		"the credential becomes another's": func(w *world) {
			change(w, directory.Credential{ID: 20}.Key(), func(c *directory.Credential) { c.User = noKey })
		},
		"the credential is gone": func(w *world) {
			w.append(store.Commit{
				Writes: []directory.RowWrite{{Before: directory.Credential{
					ID: 20, User: bob, Kind: directory.CredentialAPI, Identifier: "client-bob",
				}}},
				RemoveSecrets: []directory.CredentialID{20},
			})
		},
		"the store revokes the user's": func(w *world) {
			was := directory.User{ID: bob, Kind: directory.KindPerson}
			is := was
			is.FirstName = "Bob"
			w.append(store.Commit{Writes: []directory.RowWrite{{Before: was, After: is}}, RevokeUsers: []directory.UserID{bob}})
		},
	} {
		testEnd(t, name, newWorld(t), end)
		w := newWorld(t)
		w.Service = auth.New(w.store, auth.Config{Now: w.config().Now}) // one of several nodes
		testEnd(t, name+" (several nodes)", w, end)
	}
}

func testEnd(t *testing.T, name string, w *world, end func(*world)) {
	own := w.login(bob)
	sudo, err := w.Sudo(t.Context(), own, ada)
	if err != nil {
		t.Fatal(err)
	}
	other := w.login(ada)
	for _, token := range []string{own, sudo.Text, other} {
		if _, err := w.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	end(w)
	_, err = w.Authenticate(t.Context(), own)
	wantKind(t, "after "+name, err, directory.KindUnauthenticated)
	_, err = w.Authenticate(t.Context(), sudo.Text)
	wantKind(t, "the sudo after "+name, err, directory.KindUnauthenticated)
	if _, err := w.Authenticate(t.Context(), other); err != nil {
		t.Errorf("after %s the token of another: %v", name, err)
	}
}

func TestASudoNamesWhoStandsBehindItAndMakesNoOther(t *testing.T) {
	w := newWorld(t)
	own := w.login(ada)
	asBob, err := w.Sudo(t.Context(), own, bob)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := w.Authenticate(t.Context(), asBob.Text)
	if want := (directory.Caller{User: bob, Credential: 10, Sudoer: ada}); err != nil || caller != want {
		t.Fatalf("as bob it is %+v, %v; want %+v", caller, err, want)
	}
	_, err = w.Sudo(t.Context(), asBob.Text, noKey)
	wantKind(t, "a sudo from a sudo", err, directory.KindForbidden)
	for _, id := range []directory.UserID{disabled, deleted, 99} {
		_, err = w.Sudo(t.Context(), own, id)
		wantKind(t, "sudo as user "+names[id], err, directory.KindNotFound)
	}
	_, err = w.Sudo(t.Context(), "nonsense", bob)
	wantKind(t, "a sudo without a token", err, directory.KindUnauthenticated)

	change(w, directory.User{ID: bob}.Key(), func(u *directory.User) { u.Disabled = true })
	_, err = w.Authenticate(t.Context(), asBob.Text)
	wantKind(t, "a sudo as somebody who was disabled", err, directory.KindUnauthenticated)
}

func TestASudoAsOneselfEndsWithItsParent(t *testing.T) {
	w := newWorld(t)
	own := w.login(ada)
	parent, err := w.Authenticate(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(10 * time.Minute)
	child, err := w.Sudo(t.Context(), own, parent.User)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Sudo(t.Context(), own, parent.User)
	if err != nil {
		t.Fatal(err)
	}
	if later := directory.InstantOf(w.now.Add(time.Hour)); child.ExpiresAt >= later {
		t.Errorf("the sudo ends at %d, later than the token it was made from", child.ExpiresAt)
	}
	if err := w.Logout(t.Context(), second.Text); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{own, child.Text} {
		if _, err := w.Authenticate(t.Context(), token); err != nil {
			t.Errorf("after logging out another sudo: %v", err)
		}
	}
	if err := w.Logout(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), child.Text)
	wantKind(t, "the sudo after its parent has logged out", err, directory.KindUnauthenticated)
}

func TestLogoutRevokesOneToken(t *testing.T) {
	w := newWorld(t)
	first, second := w.login(ada), w.login(ada)
	if err := w.Logout(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	_, err := w.Authenticate(t.Context(), first)
	wantKind(t, "after logout", err, directory.KindUnauthenticated)
	wantKind(t, "a second logout", w.Logout(t.Context(), first), directory.KindUnauthenticated)
	wantKind(t, "a logout without a token", w.Logout(t.Context(), ""), directory.KindUnauthenticated)
	if _, err := w.Authenticate(t.Context(), second); err != nil {
		t.Errorf("the other token: %v", err)
	}
}

func TestASessionBeginsInProductionAndMoves(t *testing.T) {
	w := newWorld(t)
	one, two := w.login(ada), w.login(ada)
	if err := w.SetWorkspace(t.Context(), one, "dev"); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{one: "dev", two: auth.DefaultWorkspace} {
		if got, err := w.Workspace(t.Context(), token); got != want || err != nil {
			t.Errorf("workspace %q, %v; want %q", got, err, want)
		}
	}
	wantKind(t, "no workspace", w.SetWorkspace(t.Context(), one, ""), directory.KindInvalid)
	wantKind(t, "a workspace of no token", w.SetWorkspace(t.Context(), "x", "dev"), directory.KindUnauthenticated)
}

func TestAKnownTokenIsNotLookedUpUntilSomethingChanges(t *testing.T) {
	w := newWorld(t)
	token := w.login(ada)
	for range 2 {
		if _, err := w.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	caller, err := w.Authenticate(t.Context(), token)
	if want := (directory.Caller{User: ada, Credential: 10}); err != nil || caller != want {
		t.Errorf("without a store it is %+v, %v; want %+v", caller, err, want)
	}
	w.now = w.now.Add(time.Hour)
	_, err = w.Authenticate(t.Context(), token)
	wantKind(t, "when it has expired", err, directory.KindUnauthenticated)
	w.now = w.now.Add(-time.Hour)
	w.revision++
	w.touched[ada] = w.revision
	if _, err = w.Authenticate(t.Context(), token); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after a change of its user: %v, want that the store is asked", err)
	}
}

func TestATokenThatIsLookedUpWhileItEndsIsNotRemembered(t *testing.T) {
	for name, end := range map[string]func(*world, string){
		"by a logout": func(w *world, token string) {
			if err := w.Logout(w.t.Context(), token); err != nil {
				w.t.Error(err)
			}
		},
		"by a change": func(w *world, _ string) {
			change(w, directory.User{ID: ada}.Key(), func(u *directory.User) { u.Disabled = true })
		},
	} {
		w := newWorld(t)
		token := w.login(ada)
		inBetween := func() {}
		w.Service = auth.New(&lookup{w.store, func() { inBetween() }}, w.config())
		inBetween = func() {
			inBetween = func() {}
			end(w, token)
		}
		w.Authenticate(t.Context(), token) // may still be good
		_, err := w.Authenticate(t.Context(), token)
		wantKind(t, "then, ended "+name, err, directory.KindUnauthenticated)
	}
}

// A lookup does something after the rows that a token rests on were read.
type lookup struct {
	store.Store
	after func()
}

func (l *lookup) Read(ctx context.Context, f func(store.Reader) error) error {
	defer l.after()
	return l.Store.Read(ctx, f)
}
