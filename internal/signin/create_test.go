package signin_test

import (
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/signin"
	"cohort/internal/view"
)

func TestAnUnknownPersonBecomesAUser(t *testing.T) {
	creates := func(p *signin.Provider) { p.Create, p.Source, p.SourceClaim = true, "okta", "oid" }
	w, m := withProvider(t, creates)
	who := person{sub: "9", claims: map[string]any{
		"given_name": "Bo", "family_name": "Berg", "email": "Bo@Example.com", "email_verified": true, "oid": "00u9",
		"groups": []any{"x"},
	}}
	id, err := w.finish(t, m, who)
	if err != nil {
		t.Fatal(err)
	}
	u, err := view.New(w.core).As(directory.System("test")).WholeUser(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	login, _ := u.Credential(directory.CredentialEmail)
	if u.User.DisplayName() != "Bo Berg" || u.User.Kind != directory.KindPerson || login.Shown != "Bo@Example.com" ||
		len(u.Memberships)+len(u.AllRoles) != 0 {
		t.Errorf("made %+v", u)
	}
	refs, err := view.New(w.core).As(directory.System("test")).Sources(t.Context(), id.Object())
	if err != nil || len(refs[0]) != 1 || refs[0][0].SourceID != "00u9" {
		t.Errorf("references %v, %v", refs, err)
	}
	if again, err := w.finish(t, m, person{sub: "9"}); again != id || err != nil {
		t.Errorf("again: %d, %v; want %d", again, err, id)
	}
}

func TestWhoIsNotMade(t *testing.T) {
	creates := func(p *signin.Provider) { p.Create = true }
	domains := func(p *signin.Provider) { p.Create, p.Domains = true, []string{"example.com"} }
	sources := func(p *signin.Provider) { p.Create, p.Source, p.SourceClaim = true, "okta", "oid" }
	for name, c := range map[string]struct {
		change func(*signin.Provider)
		who    person
	}{
		"who is linked to a user of the e-mail":     {creates, person{sub: "2", claims: email("ada@example.com", true)}},
		"whose e-mail is that of an administrator":  {creates, person{sub: "2", claims: email("root@example.com", true)}},
		"who has no e-mail of the domains":          {domains, person{sub: "2", claims: email("bo@other.example", true)}},
		"whose e-mail of the domains is unverified": {domains, person{sub: "2", claims: email("bo@example.com", false)}},
		"whom a deleted user's reference names":     {sources, person{sub: "2", claims: map[string]any{"oid": "gone"}}},
	} {
		w, m := withProvider(t, c.change)
		w.enters(t, m, good())
		w.commit(t, directory.CreateUser{ID: 200}, directory.SetLoginEmail{User: 200, Email: "root@example.com"},
			directory.SetUserRoles{User: 200, Roles: []directory.RoleID{directory.AdminRole}},
			directory.CreateUser{ID: 201}, directory.SetSource{Object: directory.UserID(201).Object(), Source: "okta",
				SourceID: "gone"})
		w.commit(t, directory.DeleteUser{User: 201})
		before := w.core.Head()
		if user, err := w.finish(t, m, c.who); directory.KindOf(err) != directory.KindForbidden {
			t.Errorf("%s: signed in as %d, %v", name, user, err)
		}
		if after := w.core.Head(); after.Users != before.Users || after.Revision != before.Revision {
			t.Errorf("%s: something was made", name)
		}
	}
}

// TestPowersThatComeLaterCountToo has a user who may administer from tomorrow.
func TestPowersThatComeLaterCountToo(t *testing.T) {
	w, m := withProvider(t, nil)
	tomorrow := directory.Window{StartsAt: directory.InstantOf(time.Now().Add(24 * time.Hour))}
	w.commit(t, directory.CreateGroup{ID: 11, Name: "Admins"},
		directory.SetGroupRoles{Group: 11, Roles: []directory.RoleID{directory.AdminRole}},
		directory.AddMember{Group: 11, User: ada, Window: &tomorrow})
	if user, err := w.finish(t, m, good()); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("signed in as %d: %v", user, err)
	}
}

func TestHowLongAgoAPersonMayHaveProvedItself(t *testing.T) {
	ago := func(d time.Duration) any { return time.Now().Add(-d).Unix() }
	for name, c := range map[string]struct {
		said any
		want bool
	}{
		"within":           {ago(time.Hour), true},
		"too long ago":     {ago(3 * time.Hour), false},
		"it is not said":   {nil, false},
		"said as a text":   {"1700000000", false},
		"before the epoch": {-5, false},
	} {
		w, m := withProvider(t, func(p *signin.Provider) { p.MaxAge = 2 * time.Hour })
		who := good()
		if c.said != nil {
			who.claims["auth_time"] = c.said
		}
		if _, err := w.finish(t, m, who); (err == nil) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// fresh signs Ada in, again if she is signed in, and reports whether she may make changes that
// need proof.
func (w *world) fresh(t *testing.T, cookie string) bool {
	t.Helper()
	s, err := w.Authenticate(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	return w.IsFresh(s)
}

func TestALinkProvesSomethingWithoutProvidersOnly(t *testing.T) {
	w := newWorld(t, signin.Config{})
	cookie := w.signIn(t)
	if !w.fresh(t, cookie) {
		t.Error("a new link proves nothing")
	}
	w.pass(10 * time.Minute)
	if w.fresh(t, cookie) {
		t.Error("an old link proves something")
	}
	w, _ = withProvider(t, nil)
	if w.fresh(t, w.signIn(t)) {
		t.Error("a link beside a provider proves something")
	}
}

func TestWhenASignInAtAProviderIsFresh(t *testing.T) {
	for name, c := range map[string]struct {
		stepUp string
		said   time.Duration // time since she authenticated; negative for unknown
		want   bool
	}{
		"said, just now":             {"claim", time.Minute, true},
		"said, an hour ago":          {"claim", time.Hour, false},
		"not said":                   {"claim", -1, false},
		"not said, and every counts": {"always", -1, true},
	} {
		w, m := withProvider(t, func(p *signin.Provider) { p.StepUp = c.stepUp })
		who := good()
		if c.said >= 0 {
			who.claims["auth_time"] = time.Now().Add(-c.said).Unix()
		}
		cookie := w.session(t, m, who)
		if got := w.fresh(t, cookie); got != c.want {
			t.Errorf("%s: fresh is %v", name, got)
		}
		w.pass(11 * time.Minute)
		if w.fresh(t, cookie) {
			t.Errorf("%s: it is fresh for ever", name)
		}
	}
}

func TestProvingOneselfAgain(t *testing.T) {
	w, m := withProvider(t, nil)
	w.enters(t, m, good())
	for name, c := range map[string]struct {
		again directory.UserID
		who   person
		said  time.Duration
		want  bool
	}{
		"the same person, just now":     {ada, good(), time.Second, true},
		"the same person, an hour ago":  {ada, good(), time.Hour, false},
		"the same person, without time": {ada, good(), -1, false},
		"another person":                {disabled, good(), time.Second, false},
	} {
		to, pending, err := w.Begin(t.Context(), "mock", "/ui/draft", c.again)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"prompt=login", "max_age=600"} {
			if !strings.Contains(to, want) {
				t.Errorf("%s: the provider is asked by %s, without %s", name, to, want)
			}
		}
		if c.said >= 0 {
			c.who.claims["auth_time"] = time.Now().Add(-c.said).Unix()
		}
		cookie, back, err := w.Finish(t.Context(), "mock", pending, visit(t, m, to, c.who), "")
		if (err == nil) != c.want || err != nil && directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err == nil && (back != "/ui/draft" || !w.fresh(t, cookie)) {
			t.Errorf("%s: back to %s, fresh: %v", name, back, w.fresh(t, cookie))
		}
	}
}
