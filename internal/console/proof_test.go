package console_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// people has sign-ins of a given age, at given providers.
type people struct {
	cookies
	stale     bool
	providers []directory.SignInProvider
	begun     *begun
}

// begun is the sign-in that began last, and what the provider sent.
type begun struct {
	provider, back, token string
	again                 directory.UserID
	finish                error
}

func (p people) IsFresh(directory.SignIn) bool { return !p.stale }

func (p people) Providers() []directory.SignInProvider { return p.providers }

func (p people) SignsOut(string) (title string, ok bool) { return "Okta", len(p.providers) > 0 }

func (p people) SignOutEverywhere(ctx context.Context, cookie string) (string, error) {
	return "https://okta.example/bye?a=1&b=2", p.SignOut(ctx, cookie)
}

func (p people) Begin(_ context.Context, provider, back string, again directory.UserID) (to, cookie string, err error) {
	*p.begun = begun{provider: provider, back: back, again: again}
	return "https://okta.example/authorize", "pending", nil
}

func (p people) Finish(context.Context, string, string, url.Values, string) (cookie, back string, err error) {
	return asAdmin, p.begun.back, p.begun.finish
}

func (p people) EndFromProvider(_ context.Context, _, token string) error {
	p.begun.token = token
	if token != "good" {
		return &directory.Error{Kind: directory.KindMalformed, Msg: "is not accepted: <b>why</b>"}
	}
	return nil
}

func okta() []directory.SignInProvider {
	return []directory.SignInProvider{{Name: "okta", Title: "Okta", Issuer: "https://okta.example"}}
}

// newPeople returns a world with the given people.
func newPeople(t *testing.T, stale bool, providers []directory.SignInProvider) (*world, *begun) {
	t.Helper()
	w, b := newWorld(t), &begun{}
	w.serveFor(t, people{w.people, stale, providers, b})
	return w, b
}

func (w *world) submit(t *testing.T, as, path string, form url.Values) (int, string) {
	t.Helper()
	return w.send(t, as, http.MethodPost, path, strings.NewReader(form.Encode()))
}

func TestARoleIsGivenOnlyByWhoHasProvedItself(t *testing.T) {
	for name, c := range map[string]struct {
		stale     bool
		providers []directory.SignInProvider
		want      string
	}{
		"just now":                       {false, okta(), ""},
		"long ago, with a provider":      {true, okta(), "/ui/login/okta?again=1&amp;back=%2Fui%2Fdraft"},
		"long ago, without one":          {true, nil, "/ui/link?back=%2Fui%2Fdraft"},
		"just now, and without provider": {false, nil, ""},
	} {
		w, _ := newPeople(t, c.stale, c.providers)
		before := w.core.Head().Revision
		if status, to := w.submit(t, asAdmin, "/ui/users/101/access",
			url.Values{"do": {"roles"}, "role": {"2"}}); status != http.StatusSeeOther {
			t.Fatalf("%s: into the draft: %d %s", name, status, to)
		}
		status, body := w.submit(t, asAdmin, "/ui/draft/commit", url.Values{"version": {"1"}})
		changed := w.core.Head().Revision != before
		if c.want == "" {
			if status != http.StatusSeeOther || !changed {
				t.Errorf("%s: %d, changed: %v; %s", name, status, changed, body)
			}
			continue
		}
		if status != http.StatusForbidden || !strings.Contains(body, c.want) || changed {
			t.Errorf("%s: %d, changed: %v, without %s:\n%s", name, status, changed, c.want, body)
		}
		if _, body := w.get(t, asAdmin, "/ui/draft"); !strings.Contains(body, "1 edit in the draft") {
			t.Errorf("%s: the draft is gone", name)
		}
		// Edits that grant nothing need no proof.
		w.submit(t, asAdmin, "/ui/draft", url.Values{"do": {"clear"}})
		w.submit(t, asAdmin, "/ui/groups", url.Values{"name": {"New"}})
		if status, body := w.submit(t, asAdmin, "/ui/draft/commit",
			url.Values{"version": {"3"}}); status != http.StatusSeeOther {
			t.Errorf("%s: a group: %d\n%s", name, status, body)
		}
	}
}

func TestATokenOfAProviderNeedsAProof(t *testing.T) {
	w, _ := newPeople(t, true, okta())
	before := w.core.Head().Revision
	for path, form := range map[string]url.Values{"/ui/access/scim": {"name": {"entra"}},
		"/ui/access/scim/okta": {"do": {"rotate"}}} {
		status, body := w.submit(t, asAdmin, path, form)
		if status != http.StatusForbidden || !strings.Contains(body,
			"/ui/login/okta?again=1&amp;back="+url.QueryEscape(path)) {
			t.Errorf("%s: %d\n%s", path, status, body)
		}
	}
	if w.core.Head().Revision != before || len(w.scim.made) > 0 {
		t.Error("something was made")
	}
}

// A file is a way to write, too: what it puts into a group that gives permissions waits until the
// person has signed in again, and is imported then.
func TestAFileThatGivesPermissionsNeedsAProof(t *testing.T) {
	w := newWorld(t)
	const finance directory.GroupID = 15
	if _, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{
			directory.SetGroupRoles{Group: finance, Roles: []directory.RoleID{directory.AdminRole}},
		}}); err != nil {
		t.Fatal(err)
	}
	at := w.sendFile(t, asAdmin, "id,groups\n101,15\n", http.StatusSeeOther, "mode", "update")
	form := url.Values{"token": {w.field(t, asAdmin, at, "token")}}
	before := w.core.Head().Revision
	w.serveFor(t, people{w.people, true, okta(), &begun{}})
	status, body := w.submit(t, asAdmin, at, form)
	if status != http.StatusForbidden || !strings.Contains(body, "back="+url.QueryEscape(at)) ||
		w.core.Head().Revision != before {
		t.Errorf("%d, at revision %d:\n%s", status, w.core.Head().Revision, body)
	}
	w.serveFor(t, people{w.people, false, okta(), &begun{}})
	if status, body := w.submit(t, asAdmin, at, form); status != http.StatusSeeOther ||
		w.core.Head().Revision != before+1 {
		t.Errorf("%d, at revision %d:\n%s", status, w.core.Head().Revision, body)
	}
}

func TestProvingOneselfBeginsWithWhoIsSignedIn(t *testing.T) {
	w, b := newPeople(t, true, okta())
	if status, to := w.get(t, asAda, "/ui/login/okta?again=1&back=/ui/draft"); status != http.StatusSeeOther ||
		to != "https://okta.example/authorize" {
		t.Errorf("%d %s", status, to)
	}
	if b.again != 101 || b.back != "/ui/draft" {
		t.Errorf("it begins with %+v", b)
	}
	w.get(t, "", "/ui/login/okta?again=1")
	if b.again != 0 {
		t.Errorf("nobody proves itself as %d", b.again)
	}
	w.get(t, asAda, "/ui/login/okta")
	if b.again != 0 {
		t.Errorf("signing in anew is proving oneself as %d", b.again)
	}
}

func TestSigningOutGoesOnAtTheProvider(t *testing.T) {
	w, _ := newPeople(t, false, okta())
	if _, body := w.get(t, asAdmin, "/ui/"); !strings.Contains(body, "Sign out at Okta, too") {
		t.Error("the menu does not offer it")
	}
	status, body := w.submit(t, asAdmin, "/ui/sign-out", url.Values{"everywhere": {"1"}})
	if status != http.StatusOK || !strings.Contains(body, `href="https://okta.example/bye?a=1&amp;b=2"`) {
		t.Errorf("%d\n%s", status, body)
	}
	if status, to := w.get(t, asAdmin, "/ui/"); status != http.StatusSeeOther || to != "/ui/sign-in" {
		t.Errorf("still signed in: %d %s", status, to)
	}
	w, _ = newPeople(t, false, nil)
	if status, to := w.submit(t, asAdmin, "/ui/sign-out", nil); status != http.StatusSeeOther || to != "/ui/sign-in" {
		t.Errorf("%d %s", status, to)
	}
}

// TestAMessageOfTheProviderIsTakenFromServersOnly also checks that a refusal gives no reason.
func TestAMessageOfTheProviderIsTakenFromServersOnly(t *testing.T) {
	w, b := newPeople(t, false, okta())
	const path = "/ui/login/okta/backchannel"
	if status, body := w.submit(t, "", path, url.Values{"logout_token": {"good"}}); status != http.StatusOK ||
		body != "" || b.token != "good" {
		t.Errorf("%d %q, %+v", status, body, b)
	}
	if status, body := w.submit(t, "", path, url.Values{"logout_token": {"bad"}}); status != http.StatusBadRequest ||
		body != "" {
		t.Errorf("a bad one: %d %q", status, body)
	}
	if status, _ := w.submit(t, "", path+"?logout_token=good", url.Values{}); status != http.StatusBadRequest {
		t.Errorf("in the address: %d", status)
	}
	if status, _ := w.submit(t, "", path,
		url.Values{"logout_token": {strings.Repeat("x", 30_000)}}); status != http.StatusBadRequest || b.token != "" {
		t.Errorf("too long: %d", status)
	}
	if status, _ := w.get(t, "", path); status != http.StatusNotFound {
		t.Errorf("GET: %d", status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+path,
		strings.NewReader("logout_token=good"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("from a page of another site: %d", res.StatusCode)
	}
}

// TestOpenRedirectsMinifluxWireGuardPortalGrafana checks that a redirect stays on this server.
func TestOpenRedirectsMinifluxWireGuardPortalGrafana(t *testing.T) {
	w, b := newPeople(t, false, okta())
	for _, bad := range []string{
		"//evil.example", "/\\evil.example", "/ui//evil.example", "https://evil.example/ui/", "/ui/\\evil",
		"javascript:alert(1)", "/ui/\tx", "/ui/\nx",
		"\\\\evil.example", "/etc", "ui/", "", "/ui/" + strings.Repeat("x", 3000), "/ui@evil.example/",
	} {
		w.get(t, "", "/ui/login/okta?"+url.Values{"back": {bad}}.Encode())
		if b.back != "/ui/" {
			t.Errorf("%q leads back to %q", bad, b.back)
		}
		b.back = bad // even if it was stored
		if status, to := w.get(t, "", "/ui/login/okta/callback?code=x&state=y"); status != http.StatusSeeOther ||
			to != "/ui/" {
			t.Errorf("the callback leads to %d %q", status, to)
		}
	}
}

// TestOAuth2ProxyCVE202640575NoHeaderSignsIn names a user in every header that a proxy might
// set.
func TestOAuth2ProxyCVE202640575NoHeaderSignsIn(t *testing.T) {
	w, _ := newPeople(t, false, okta())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/ui/", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "X-Auth-Request-Email", "Remote-User",
		"X-Remote-User", "X-User",
		"X-Forwarded-Preferred-Username", "X-WEBAUTH-USER", "Cohort-User",
	} {
		r.Header.Set(name, "admin")
	}
	r.Header.Set("Authorization", "Bearer "+asAdmin)
	r.SetBasicAuth("admin", "admin")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/ui/sign-in" {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("Location"))
	}
}

// TestOpenBaoCVE202633757ALinkNeedsAClick also covers CVE-2026-33758: the page does not have
// what a provider says.
func TestOpenBaoCVE202633757ALinkNeedsAClick(t *testing.T) {
	w, b := newPeople(t, false, okta())
	if status, body := w.get(t, "", "/ui/link?secret=admin"); status != http.StatusOK ||
		strings.Contains(body, "admin\"") {
		t.Errorf("%d\n%s", status, body)
	}
	for _, page := range []string{"/ui/", "/ui/sign-in"} { // nor does anything lead to the provider without a click
		if _, to := w.get(t, "", page); strings.HasPrefix(to, "https:") || strings.Contains(to, "/login/") &&
			!strings.Contains(to, "<") {
			t.Errorf("%s leads to %s", page, to)
		}
	}
	b.finish = directory.Forbidden("Okta did not sign you in")
	const evil = "<script>alert(1)</script>"
	_, body := w.get(t, "", "/ui/login/okta/callback?"+url.Values{"error": {evil}, "error_description": {evil},
		"state": {evil}}.Encode())
	if strings.Contains(body, "alert(1)") || !strings.Contains(body, "Okta did not sign you in") {
		t.Errorf("the page says:\n%s", body)
	}
}

var _ pagekit.People = people{}
