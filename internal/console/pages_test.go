package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/view"
)

// pagesOfAll lists the address of one page of each kind.
func pagesOfAll() []string {
	return []string{
		"/ui/", "/ui/search?q=e", "/ui/findings", "/ui/why", "/ui/why?user=a&attribute=c", "/ui/users", "/ui/users?q=a",
		"/ui/users?state=disabled",
		"/ui/users/102", "/ui/users/102?q=re&only=own", "/ui/users/102/groups", "/ui/users/102/access",
		"/ui/users/102/history",
		"/ui/users/102/why/discount_limit", "/ui/users/102/why/email", "/ui/at/3/users/102",
		"/ui/at/3/users/102/why/discount_limit",
		"/ui/groups", "/ui/groups?q=e", "/ui/groups?in=11", "/ui/groups/1", "/ui/groups/12", "/ui/groups/12/members",
		"/ui/groups/1/members",
		"/ui/groups/11/nesting", "/ui/groups/12/history", "/ui/groups/12/why/currency", "/ui/attributes",
		"/ui/attributes/discount_limit",
		"/ui/attributes/email", "/ui/attributes/region/holders", "/ui/attributes/region/holders?value=emea",
		"/ui/attributes/region/definition", "/ui/attributes/region/history", "/ui/changes", "/ui/changes?by=1", "/ui/compare",
		"/ui/compare?a=102&b=106", "/ui/compare?a=102&with=time&when=2999-01-01T00:00",
		"/ui/compare?a=102&with=draft", "/ui/compare?a=Bram&b=nobody", "/ui/changes/3",
	}
}

const maxPage = 60 << 10 // bytes

func TestEveryPageIsThereAndSmall(t *testing.T) {
	w := newWorld(t)
	for _, path := range pagesOfAll() {
		status, body := w.get(t, asAdmin, path)
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
		if len(body) > maxPage || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
			t.Errorf("%s: %d bytes, which end in %q", path, len(body), body[max(0, len(body)-20):])
		}
		if strings.Contains(body, "<no value>") || strings.Contains(body, "%!") {
			t.Errorf("%s shows something that is not there", path)
		}
	}
}

// TestEveryPageOffersTheSameByAPI skips pages that ask who is meant, the draft, which can be
// copied, and sign-in, which no API has.
func TestEveryPageOffersTheSameByAPI(t *testing.T) {
	w := newWorld(t)
	for _, path := range append(pagesOfAll(), "/ui/import", "/ui/access", "/ui/access/roles/2", "/ui/access/applications",
		"/ui/access/applications/1", "/ui/access/sessions", "/ui/access/scim", "/ui/access/lockouts", "/ui/access/reveals",
		"/ui/system", "/ui/users/102/why/region/what-if?if=own:x", "/ui/users/102/why/region/timeline") {
		asks := strings.HasPrefix(path, "/ui/why") || path == "/ui/compare" || strings.HasSuffix(path, "with=draft") ||
			strings.HasSuffix(path, "b=nobody")
		if _, body := w.get(t, asAdmin, path); !strings.Contains(body, "Equivalent API calls") && !asks {
			t.Errorf("%s does not say how to ask an API", path)
		}
	}
}

func TestNothingIsInline(t *testing.T) {
	w := newWorld(t)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?: [^>]*)?>[^<]|javascript:|(?:src|href|action)="(?:https?:)?//`)
	for _, path := range append(pagesOfAll(), "/ui/sign-in", "/ui/link", "/ui/nowhere") {
		_, body := w.get(t, asAdmin, path)
		if found := inline.FindString(body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
}

func TestPeopleWhoAreNotSignedInAreLedToTheSignIn(t *testing.T) {
	w := newWorld(t)
	for _, path := range pagesOfAll() {
		status, to := w.get(t, "", path)
		u, err := url.Parse(to)
		if status != http.StatusSeeOther || err != nil || u.Path != "/ui/sign-in" {
			t.Errorf("%s: %d to %s", path, status, to)
		} else if back := u.Query().Get("back"); back != path && path != "/ui/" {
			t.Errorf("%s leads back to %s", path, back)
		}
		if status, _ := w.get(t, "wrong", path); status != http.StatusSeeOther {
			t.Errorf("%s with a wrong cookie: %d", path, status)
		}
	}
}

func TestWhoMayNothingSeesItself(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{
		"/ui/": http.StatusOK, "/ui/users": http.StatusOK, "/ui/users/101": http.StatusOK,
		"/ui/users/101/why/region": http.StatusOK,
		"/ui/users/102":            http.StatusNotFound, "/ui/users/102/why/region": http.StatusNotFound,
		"/ui/changes":   http.StatusForbidden,
		"/ui/groups/15": http.StatusNotFound, "/ui/groups/11": http.StatusOK,
	} {
		status, body := w.get(t, asAda, path)
		if status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
		if strings.Contains(body, "Bram") || strings.Contains(body, "Finance") {
			t.Errorf("%s shows what Ada may not see", path)
		}
	}
}

func TestEveryReplyHasTheHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/ui/", "/ui/sign-in", "/ui/nowhere", "/ui/users/102"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := res.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
	}
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, set := range map[string]func(http.Header){
		"a sub-resource of another site": func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
		"a site beside it":               func(h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
		"an old browser":                 func(h http.Header) { h.Set("Origin", "https://evil.example") },
	} {
		for _, path := range []string{"/ui/link", "/ui/sign-out", "/ui/theme"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+path,
				strings.NewReader("secret="+asAdmin))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.AddCookie(&http.Cookie{Name: "cohort-dev", Value: asAdmin})
			set(r.Header)
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
				t.Errorf("%s: POST %s: %d, cookies %v", name, path, res.StatusCode, res.Cookies())
			}
		}
	}
}

func TestOnlyPagesOfOursAreGoneBackTo(t *testing.T) {
	w := newWorld(t)
	for back, want := range map[string]string{
		"/ui/users?q=a": "/ui/users?q=a", "//evil.example": "/ui/", "https://evil.example": "/ui/", "/ui//evil": "/ui/",
		`/ui/\evil`: "/ui/",
		"/api/4.0":  "/ui/", "": "/ui/", "/ui/\nx": "/ui/", "/uix": "/ui/",
	} {
		form := url.Values{"secret": {asAdmin}, "back": {back}}
		status, to := w.send(t, "", http.MethodPost, "/ui/link", strings.NewReader(form.Encode()))
		if status != http.StatusSeeOther || to != want {
			t.Errorf("back to %q: %d to %q, want %q", back, status, to, want)
		}
	}
}

func TestAUserIsComparedWithItselfAtAnotherTimeAndWithTheDraft(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAdmin, "/ui/users/102?edit=region", http.StatusSeeOther, "attribute", "region", "value", "drafted")
	contains(t, w.page(t, asAdmin, "/ui/compare?a=102&with=draft"), "with the draft",
		"Region emea EMEA Why Region of the first drafted own", "with equal values")
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/compare?a=102&with=draft"), "Draft is empty")
	past, err := history.Change(t.Context(), view.New(w.core).As(directory.Caller{User: 1}), 3)
	if err != nil {
		t.Fatal(err)
	}
	when := past.At.Time().Format("2006-01-02T15:04:05.999Z")
	contains(t, w.page(t, asAdmin, "/ui/compare?a=102&with=time&when="+when), "after change 3", "drafted own")
	contains(t, w.page(t, asAdmin, "/ui/compare?a=102&with=time&when=soon"), "must be a date and a time")
}

func TestTheTimelineTellsHowAnAnswerChanged(t *testing.T) {
	w := newWorld(t)
	for _, value := range []string{"first", "second"} {
		w.post(t, asAdmin, "/ui/users/102?edit=region", http.StatusSeeOther, "attribute", "region", "value", value)
		w.commit(t, http.StatusSeeOther)
	}
	const path = "/ui/users/102/why/region/timeline"
	contains(t, w.page(t, asAdmin, "/ui/users/102/why/region"), "Timeline")
	contains(t, w.page(t, asAdmin, path), "second own", "first own", "emea EMEA", "Admin Cohort · as agreed", "Why, then",
		"begins here")
	_, body := w.get(t, asAdmin, path)
	if !strings.Contains(body, `href="/ui/at/4/users/102/why/region"`) {
		t.Error("a moment does not lead to the answer of then")
	}
	contains(t, w.page(t, asAdmin, "/ui/at/4/users/102/why/region"), "Bram de Wit has first for region")
	contains(t, w.page(t, asAdmin, "/ui/groups/12/why/region/timeline"), "emea")
	contains(t, w.page(t, asAdmin, "/ui/changes/5"), "Before and after", "first", "second")
	if status, _ := w.get(t, asAda, "/ui/users/101/why/region/timeline"); status != http.StatusForbidden {
		t.Errorf("without the permission: %d", status)
	}
}

func TestWhatIfAsksThePlanner(t *testing.T) {
	w := newWorld(t)
	const path = "/ui/users/102/why/discount_limit/what-if"
	before := w.core.Head().Revision
	at := path
	for _, step := range []struct {
		form []string
		then string
	}{
		{[]string{"what", "leave", "group", "Netherlands"}, "Then Bram de Wit has 0 for discount_limit"},
		{[]string{"what", "join", "group", "15"}, "Add Bram de Wit to Finance"},
		{[]string{"what", "value", "group", "Finance", "value", "77"}, "Set discount_limit of Finance to 77"},
		{[]string{"what", "rank", "group", "Finance", "rank", "1"},
			"Then Bram de Wit has 77 for discount_limit from Finance"},
		{[]string{"what", "own", "value", "3"}, "Then Bram de Wit has 3 for discount_limit"},
	} {
		at = w.post(t, asAdmin, at, http.StatusSeeOther, step.form...)
		contains(t, w.page(t, asAdmin, at), step.then, "Now Bram de Wit has 15 for discount_limit")
	}
	if w.core.Head().Revision != before {
		t.Fatal("supposing has changed the directory")
	}
	body := w.post(t, asAdmin, at, http.StatusUnprocessableEntity, "what", "own", "value", "much")
	contains(t, text(body), "Value must be a decimal number")
	if !strings.Contains(body, `value="much"`) {
		t.Error("what was typed is gone")
	}
	contains(t, w.page(t, asAdmin, path+"?if=join:999"), "This is not possible")
	if to := w.post(t, asAdmin, at, http.StatusSeeOther, "do", "draft"); to != "/ui/draft" {
		t.Fatalf("into the draft leads to %s", to)
	}
	contains(t, w.page(t, asAdmin, "/ui/draft"), "Remove Bram de Wit from Netherlands",
		"Set discount_limit of Finance to 77 at rank 1")
	contains(t, w.page(t, asAdmin, path), "With the 4 edits of the draft")
	contains(t, w.page(t, asAdmin, path+"?if=draft"), "Then Bram de Wit has 3 for discount_limit")
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/users/102/why/discount_limit"), "Bram de Wit has 3 for discount_limit")
	contains(t, w.page(t, asAdmin, "/ui/groups/12/why/currency/what-if?if=leave:11&if=own:GBP"),
		"Take Netherlands out of EMEA", "Then Netherlands has GBP")
	contains(t, w.page(t, asAdmin, "/ui/groups/12/why/currency/what-if?if=none"),
		"This is not possible: Value 23 was not found")
}

func TestTwoUsersAreCompared(t *testing.T) {
	w := newWorld(t)
	page := w.page(t, asAdmin, "/ui/compare?a=Bram&b=106")
	contains(t, page, "Discount limit 15 Netherlands", "Bram de Wit Frank Miller", "with equal values")
	if all := w.page(t, asAdmin, "/ui/compare?a=102&b=106&all=1"); len(all) <= len(page) {
		t.Errorf("with the equal ones the page says no more: %s", all)
	}
}

func TestAPageGoesBackInTime(t *testing.T) {
	w := newWorld(t)
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.SetUserValue{User: 102, Attribute: 22, Value: directory.Value{Text: "later"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	contains(t, w.page(t, asAdmin, "/ui/users/102/why/region"), "has later for region")
	past := w.page(t, asAdmin, "/ui/at/3/users/102/why/region")
	contains(t, past, "has emea for region")
	_, body := w.get(t, asAdmin, "/ui/at/3/users/102")
	contains(t, text(body), "region emea")
	if strings.Contains(body, "data-edit") || !strings.Contains(body, "As it was after change 3") {
		t.Error("a page of the past can be edited, or does not say so")
	}
	for when, want := range map[string]string{"2999-01-01T00:00": "/ui/users/102", "": "/ui/users/102"} {
		if status, to := w.get(t, asAdmin, "/ui/as-of?back=/ui/users/102&when="+when); status != http.StatusSeeOther ||
			to != want {
			t.Errorf("as of %q: %d to %s", when, status, to)
		}
	}
	if status, _ := w.get(t, asAdmin,
		"/ui/as-of?back=/ui/users/102&when=2001-01-01T00:00"); status != http.StatusUnprocessableEntity {
		t.Errorf("before the directory: %d", status)
	}
	if status, to := w.get(t, asAdmin, "/ui/as-of?back=/ui/users/102&when="+now()); status != http.StatusSeeOther ||
		to != "/ui/at/4/users/102" {
		t.Errorf("as of now: %d to %s", status, to)
	}
}

// TestEveryPageOfThePastIsReadOnlyAndSaysSo requests each page that has a past, as of a change
// that renamed objects whose names changed again later.
func TestEveryPageOfThePastIsReadOnlyAndSaysSo(t *testing.T) {
	w := newWorld(t)
	newName, label := "Elsewhere", "Territory"
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.UpdateGroup{Group: 11, Name: &newName}, directory.UpdateAttribute{Attribute: 22, Label: &label},
		directory.UpdateUser{User: 102, FirstName: &newName}, directory.RemoveMember{Group: 12, User: 102},
	}})
	if err != nil {
		t.Fatal(err)
	}
	changing := regexp.MustCompile(`<form[^>]*method="post"[^>]*>`)
	for _, path := range pagesOfAll() {
		if strings.HasPrefix(path, "/ui/at/") {
			continue
		}
		path = "/ui/at/3" + strings.TrimPrefix(path, "/ui")
		status, body := w.get(t, asAdmin, path)
		if status != http.StatusOK || !strings.Contains(body, "As it was after change 3") {
			t.Errorf("%s: %d, and the bar is not there", path, status)
			continue
		}
		for _, form := range changing.FindAllString(body, -1) {
			if !strings.Contains(form, `action="/ui/theme"`) && !strings.Contains(form, `action="/ui/sign-out"`) {
				t.Errorf("%s can be changed: %s", path, form)
			}
		}
		if read := text(body); strings.Contains(read, newName) || strings.Contains(read, label) {
			t.Errorf("%s has names of later: %s", path, read)
		}
	}
	contains(t, w.page(t, asAdmin, "/ui/at/3/groups/12/members"), "Bram de Wit")
	contains(t, w.page(t, asAdmin, "/ui/at/3/groups?in=10"), "EMEA")
	if page := w.page(t, asAdmin, "/ui/at/3/changes"); strings.Contains(page, "Rename") {
		t.Errorf("the changes of the past list a later one: %s", page)
	}
}

func now() string { return time.Now().UTC().Format(time.RFC3339Nano) }
