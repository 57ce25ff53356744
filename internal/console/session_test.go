package console_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cohort/internal/admission"
	"cohort/internal/console"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/view"
)

// examples fills in the parameters of the path of a route.
func example(path string) string {
	return strings.NewReplacer("{$}", "", "/users/{id}", "/users/102", "/groups/{id}", "/groups/12", "{attribute}",
		"region", "{name}", "okta", "{file}", "users.csv", "{copy}", "draft.json", "{revision}", "3", "{import}", "1",
		"{past}", "3", "{role}", "2", "{provider}", "okta", "{id}", "1").Replace(path)
}

// TestEveryRouteNeedsTheSession requests every route.
func TestEveryRouteNeedsTheSession(t *testing.T) {
	w := newWorld(t)
	for _, route := range console.Routes() {
		method, path := route[0], example(route[1])
		status, to := w.send(t, "", method, path, strings.NewReader("value=x"))
		switch {
		case path == "/ui/events":
			if status != http.StatusNoContent {
				t.Errorf("%s %s without a session: %d", method, path, status)
			}
		case method == http.MethodGet:
			if status != http.StatusSeeOther || !strings.HasPrefix(to, "/ui/sign-in") {
				t.Errorf("%s %s without a session: %d to %s", method, path, status, to)
			}
		case status != http.StatusUnauthorized:
			t.Errorf("%s %s without a session: %d", method, path, status)
		}
	}
}

// TestEveryWriteNeedsTheOrigin sends every form from other sites.
func TestEveryWriteNeedsTheOrigin(t *testing.T) {
	w := newWorld(t)
	before := w.core.Head().Revision
	writes := 0
	for _, route := range console.Routes() {
		if route[0] == http.MethodGet {
			continue
		}
		writes++
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			form := url.Values{"attribute": {"region"}, "value": {"x"}, "group": {"11"}, "name": {"x"}, "do": {"clear"},
				"rank": {"1"}}
			r, err := http.NewRequestWithContext(t.Context(), route[0], w.server.URL+example(route[1]),
				strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(name, value)
			r.AddCookie(&http.Cookie{Name: "cohort-dev", Value: asAdmin})
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s from another site: %d", route[0], route[1], res.StatusCode)
			}
		}
	}
	if writes < 14 {
		t.Errorf("only %d routes that write were found", writes)
	}
	contains(t, w.page(t, asAdmin, "/ui/draft"), "The draft is empty.")
	if w.core.Head().Revision != before {
		t.Error("something was changed")
	}
}

func TestWhatIsSentAfterTheSessionHasEndedCanBeSentAgain(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAdmin, "/ui/groups/12?edit=region", http.StatusSeeOther, "attribute", "region", "value", "kept")
	const path = "/ui/users/102?edit=region"
	body := w.post(t, "", path, http.StatusUnauthorized, "attribute", "region", "value", `typed "here"`)
	contains(t, text(body), "Your session has ended")
	if back := url.QueryEscape(path); !strings.Contains(body, "/ui/sign-in?back="+back) {
		t.Errorf("the page does not lead back to %s", path)
	}
	action := regexp.MustCompile(`<form method="post" action="([^"]*)"`).FindStringSubmatch(body)
	if action == nil || action[1] != path {
		t.Fatalf("the form goes to %v", action)
	}
	var again []string
	for _, f := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		again = append(again, f[1], strings.ReplaceAll(f[2], "&#34;", `"`))
	}
	w.post(t, asAdmin, action[1], http.StatusSeeOther, again...)
	contains(t, w.page(t, asAdmin, "/ui/draft"), "2 edits in the draft", `to typed &#34;here&#34;`, "to kept")
}

// roomy admits all requests, and some streams.
func roomy(streams int) *httpkit.Limits {
	many := func(n int, shared bool) *admission.Slots {
		return admission.NewSlots(admission.SlotsConfig{PerKey: n, Waiting: 100, Patience: time.Second, Shared: shared,
			Refusal: "too many"})
	}
	return &httpkit.Limits{
		Credentials: many(100, false), Streams: many(streams, false), Turns: many(100, true), Strangers: many(100, false),
		StrangersTurns: many(100, true),
		Memory:         admission.NewBudget(1<<30, time.Second), Costs: admission.NewCosts(admission.CostsConfig{}),
	}
}

// listen opens the stream of events.
func (w *world) listen(t *testing.T) (status int, next func() string) {
	t.Helper()
	return w.listenAs(t, asAdmin)
}

func (w *world) listenAs(t *testing.T, as string) (status int, next func() string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/ui/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "cohort-dev", Value: as})
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return res.StatusCode, func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "the stream has ended"
	}
}

func TestPagesLearnOfRevisionsAndOfNothingElse(t *testing.T) {
	w := newWorld(t)
	w.hall = roomy(2)
	w.serve(t)
	_, next := w.listen(t)
	if got := next(); got != "1-3" {
		t.Fatalf("at first: %q", got)
	}
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "1-4" {
		t.Errorf("after a commit: %q", got)
	}
	if _, body := w.get(t, asAdmin, "/ui/"); !strings.Contains(body, `data-live="1-4"`) {
		t.Error("the page does not say what it shows")
	}
	if status, _ := w.listen(t); status != http.StatusOK {
		t.Errorf("a second stream: %d", status)
	}
	if status, _ := w.listen(t); status != http.StatusNoContent {
		t.Errorf("one stream too many: %d", status)
	}
	w.people.of.Store("another browser", directory.UserID(1))
	if status, _ := w.listenAs(t, "another browser"); status != http.StatusOK {
		t.Errorf("a stream of another session of the same person: %d", status)
	}
	w.people.end(asAdmin)
	_, err = view.New(w.core).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "later"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "the stream has ended" {
		t.Errorf("after the session: %q", got)
	}
}

func TestAForeignFormIsNotRepeated(t *testing.T) {
	w := newWorld(t)
	status, body := w.send(t, "", http.MethodPost, "/ui/users", strings.NewReader(strings.Repeat("a=b&", 1<<20)))
	if status != http.StatusUnauthorized || strings.Contains(body, `name="a"`) {
		t.Errorf("a form that is too large: %d, %s", status, fmt.Sprintf("%.80s", body))
	}
}
