package native_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/native"
)

// field digs a text out of a reply in JSON.
func (r reply) field(t *testing.T, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no %v in %s", path, r.body)
		}
		v = m[name]
	}
	return fmt.Sprint(v)
}

func TestWhatWasPreviewedIsCommittedWithItsToken(t *testing.T) {
	w := newWorld(t)
	edits := `"edits":[{"edit":"set_group_value","group":"4","attribute":"region","value":"sales","rank":1}]`
	token := w.send("admin", "POST", "/v1/preview", "{"+edits+"}", nil).field(t, "token")
	body := fmt.Sprintf(`{%s,"token":%q,"strict":true}`, edits, token)
	w.do(directory.AddMember{Group: 4, User: 1})
	if got := w.send("admin", "POST", "/v1/changes", body, nil); got.status != 409 ||
		!strings.Contains(got.body, "1 memberships") {
		t.Errorf("strictly, after a membership: %d %s", got.status, got.body)
	}
	if got := w.send("support", "POST", "/v1/changes", body, nil); got.status != 409 ||
		!strings.Contains(got.body, "somebody else") {
		t.Errorf("by somebody else: %d %s", got.status, got.body)
	}
	body = fmt.Sprintf(`{%s,"token":%q}`, edits, token)
	if got := w.send("admin", "POST", "/v1/changes", body, nil); got.status != 200 || got.field(t, "drifted") != "1" {
		t.Errorf("with the token: %d %s", got.status, got.body)
	}
	if got := w.send("admin", "POST", "/v1/changes", body, nil); got.status != 409 ||
		!strings.Contains(got.body, "by user:1") {
		t.Errorf("again: %d %s", got.status, got.body)
	}
	w.wait(16 * time.Minute)
	if got := w.send("admin", "POST", "/v1/changes", body, nil); got.status != 409 ||
		!strings.Contains(got.body, "older than 15 minutes") {
		t.Errorf("too late: %d %s", got.status, got.body)
	}
}

func TestAWriteGoesThroughOnlyIfTheObjectIsAsItWasRead(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ object, method, target, body string }{
		{"/v1/users/2", "PATCH", "/v1/users/2", `{"first_name":"A"}`},
		{"/v1/groups/2", "PATCH", "/v1/groups/2", `{"name":"A"}`},
		{"/v1/groups/2", "PUT", "/v1/groups/2/sources/erp", `{"id":"9"}`},
		{"/v1/attributes/region", "PATCH", "/v1/attributes/14", `{"label":"A"}`},
		{"/v1/groups/2/values/region", "PUT", "/v1/groups/2/values/region", `{"value":"A"}`},
		{"/v1/attributes/region/values", "PUT", "/v1/attributes/region/values", `{"values":[]}`},
		{"/v1/users/2", "PUT", "/v1/users/2/groups/2", ``},
		{"/v1/users/2", "DELETE", "/v1/users/2", ``},
	} {
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			tag := w.send("admin", "GET", test.object, "", nil).header["Etag"]
			if len(tag) != 1 {
				t.Fatalf("GET %s has no ETag", test.object)
			}
			if got := w.send("admin", test.method, test.target, test.body, http.Header{"If-Match": tag}); got.status != 200 {
				t.Fatalf("as it was read: %d %s", got.status, got.body)
			}
			if got := w.send("admin", test.method, test.target, test.body, http.Header{"If-Match": tag}); got.status != 412 &&
				got.status != 404 {
				t.Errorf("after it has changed: %d %s", got.status, got.body)
			}
		})
	}
}

func TestListsArePagedToTheirEnd(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.do(directory.CreateGroup{Name: fmt.Sprintf("group %d", i)}, directory.CreateUser{FirstName: "U"},
			directory.AddMember{Group: 2, User: directory.Made[directory.UserID](1)})
	}
	for target, want := range map[string]int{
		"/v1/users": 9, "/v1/users?group=2": 5, "/v1/groups": 9, "/v1/groups/2/members": 5, "/v1/attributes": 18,
		"/v1/changes":         13,
		"/v1/changes?after=3": 10, "/v1/attributes/region/holders": 9, "/v1/changes?object=group:2": 7, "/v1/lint": 6,
	} {
		for _, limit := range []int{1, 4, 100} {
			seen, next, pages := map[string]bool{}, "", 0
			for {
				separator := "?"
				if strings.Contains(target, "?") {
					separator = "&"
				}
				got := w.send("admin", "GET", fmt.Sprintf("%s%slimit=%d&cursor=%s", target, separator, limit, next), "", nil)
				var page map[string]json.RawMessage
				if err := json.Unmarshal([]byte(got.body), &page); err != nil || got.status != 200 {
					t.Fatalf("%s: %d %s", target, got.status, got.body)
				}
				for name, raw := range page {
					var list []json.RawMessage
					if name != "next" && json.Unmarshal(raw, &list) == nil {
						for _, e := range list {
							seen[string(e)] = true
						}
					}
				}
				if pages++; page["next"] == nil || pages > 100 {
					break
				}
				if err := json.Unmarshal(page["next"], &next); err != nil {
					t.Fatal(err)
				}
			}
			if len(seen) != want {
				t.Errorf("%s in pages of %d: %d entries, want %d", target, limit, len(seen), want)
			}
		}
	}
	next := w.send("admin", "GET", "/v1/users?limit=1", "", nil).field(t, "next")
	if got := w.send("admin", "GET", "/v1/groups?cursor="+next, "", nil); got.status != 400 {
		t.Errorf("the cursor of another list: %d %s", got.status, got.body)
	}
}

// follow opens a stream and returns its lines.
func (w *world) follow(ctx context.Context, t *testing.T, url, lastID string) (lines <-chan string) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(r) //nolint:bodyclose // the goroutine below does, when the stream ends
	if err != nil {
		t.Fatal(err)
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != 200 || kind != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, kind)
	}
	out := make(chan string, 100)
	go func() {
		defer close(out)
		defer func() { _ = res.Body.Close() }()
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			select {
			case out <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func TestAStreamShowsChangesAsTheyHappenAndGoesOnWhereItEnded(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	lines := w.follow(ctx, t, server.URL+"/v1/changes/stream?after=7", "")
	next := func(prefix string) string {
		t.Helper()
		for line := range lines {
			if strings.HasPrefix(line, prefix) {
				return line
			}
		}
		t.Fatalf("the stream ended before %q", prefix)
		return ""
	}
	if got := next("id: "); got != "id: 1-8" {
		t.Errorf("began with %q", got)
	}
	next(": still here")
	done := w.do(directory.CreateGroup{Name: "New"})
	if got, want := next("id: "), fmt.Sprintf("id: 1-%d", done.Revision); got != want {
		t.Errorf("then %q, want %q", got, want)
	}
	if got := next("data: "); !strings.Contains(got, `"name":"New"`) {
		t.Errorf("the event is %q", got)
	}
	cancel()
	for range lines { // the server lets go
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	missed := w.do(directory.CreateGroup{Name: "Missed"})
	lines = w.follow(ctx, t, server.URL+"/v1/changes/stream", fmt.Sprintf("1-%d", done.Revision))
	if got, want := next("id: "), fmt.Sprintf("id: 1-%d", missed.Revision); got != want {
		t.Errorf("again: %q, want %q", got, want)
	}
}

func TestAReadWaitsForTheRevisionThatItsCallerHasSeen(t *testing.T) {
	w := newWorld(t)
	head := w.core.Head().Revision
	answered := make(chan reply, 1)
	go func() {
		answered <- w.send("admin", "GET", "/v1/groups", "",
			http.Header{"Cohort-Min-Revision": {fmt.Sprintf("1-%d", head+1)}})
	}()
	w.do(directory.CreateGroup{Name: "New"})
	if got := <-answered; got.status != 200 || !strings.Contains(got.body, `"New"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequest("GET", "/v1/groups", nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
	r.Header.Set("Cohort-Min-Revision", "999")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("given up: %d %v", rec.Code, rec.Header())
	}
}

func TestARevisionThatCannotBeIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		header, value string
		status        int
	}{
		{"Cohort-Min-Revision", "1", 200},
		{"Cohort-Min-Revision", "1-1", 200},
		{"Cohort-Min-Revision", "2-1", 409},
		{"Cohort-Min-Revision", "1-999999999", 409},
		{"Cohort-Min-Revision", "999999999", 409},
		{"Cohort-Min-Revision", "1-", 400},
		{"Cohort-Min-Revision", "-1", 400},
		{"Cohort-Min-Revision", "x", 400},
		{"Cohort-Min-Revision", "+1", 400},
		{"Cohort-Consistency", "strong", 200},
		{"Cohort-Consistency", "weak", 400},
	} {
		if got := w.send("admin", "GET", "/v1/groups", "",
			http.Header{test.header: {test.value}}); got.status != test.status {
			t.Errorf("%s: %s: %d %s, want %d", test.header, test.value, got.status, got.body, test.status)
		}
	}
}

func TestEveryKindOfErrorIsAProblem(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range directory.Kinds() {
		got := native.ProblemOf(kind, "")
		if got.Status < 400 || got.Name == "" || got.Advice == "" || seen[got.Name] {
			t.Errorf("kind %d: %+v", kind, got)
		}
		seen[got.Name] = true
	}
}

func TestNothingPlainOfAHiddenValueIsShown(t *testing.T) {
	w := newWorld(t)
	const secret = "canary-7361"
	edit := fmt.Sprintf(`{"edits":[{"edit":"set_group_value","group":"4","attribute":"pin","value":%q},{"edit":"set_user_value","user":"2","attribute":"pin","value":%q}]}`, secret, secret)
	for _, target := range []string{"/v1/preview", "/v1/changes"} {
		if got := w.send("admin", "POST", target, edit, nil); got.status != 200 || strings.Contains(got.body, secret) {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
	for _, target := range []string{
		"/v1/users/2", "/v1/users/2/values", "/v1/users/2/effective", "/v1/users/2/effective/pin", "/v1/groups/4/values",
		"/v1/groups/4/effective",
		"/v1/attributes/pin/values", "/v1/attributes/pin/holders", "/v1/changes", "/v1/lint",
		"/v1/users/2/effective/pin?revision=8",
	} {
		if got := w.send("admin", "GET", target, "", nil); got.status != 200 || strings.Contains(got.body, secret) ||
			strings.Contains(got.body, "1234\"") || strings.Contains(got.body, `"sealed"`) {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
}

func FuzzChangesAreReadWithoutPanicking(f *testing.F) {
	w := newWorld(f)
	f.Add(`{"edits":[{"edit":"set_group_value","group":"2","attribute":"limit","value":5}]}`)
	f.Add(`{"edits":[{"edit":"set_group_values","attribute":"region","items":[{"group":"source:a/b","value":["x"]}]}]}`)
	f.Add(`{"edits":[{"edit":"add_member","group":"$0","user":"email:x"}],"token":"t"}`)
	f.Fuzz(func(t *testing.T, body string) {
		if got := w.send("admin", "POST", "/v1/preview", body, nil); got.status >= 500 {
			t.Errorf("%q: %d %s", body, got.status, got.body)
		}
	})
}

func FuzzCursorsAreNotMadeUp(f *testing.F) {
	w := newWorld(f)
	f.Add("abc")
	f.Fuzz(func(t *testing.T, cursor string) {
		r := httptest.NewRequest("GET", "/v1/users", nil)
		q := r.URL.Query()
		q.Set("cursor", cursor)
		if got := w.send("admin", "GET", "/v1/users?"+q.Encode(), "", nil); cursor != "" && got.status != 400 {
			t.Errorf("%q: %d", cursor, got.status)
		}
	})
}

func TestARevertSaysWhatItLeavesOut(t *testing.T) {
	w := newWorld(t)
	both := w.do(directory.UpdateUser{User: 2, FirstName: new("Decoy")},
		directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "decoy"}})
	w.do(directory.EraseUser{User: 2})
	change := fmt.Sprint("/v1/changes/", both.Revision)
	if got := w.send("admin", "GET", change, "", nil); got.status != 200 || got.field(t, "erased") != "1" ||
		strings.Contains(got.body, "Decoy") || !strings.Contains(got.body, "set_group_value") {
		t.Errorf("the change shows %s", got.body)
	}
	const left = "what it did to user:2 was erased"
	preview := fmt.Sprintf(`{"edits":[{"edit":"revert","revision":%d}]}`, both.Revision)
	if got := w.send("admin", "POST", "/v1/preview", preview, nil); got.status != 200 ||
		strings.Count(got.body, left) != 2 {
		t.Errorf("the preview says %d %s", got.status, got.body)
	}
	got := w.send("admin", "POST", change+"/revert", "{}", nil)
	if got.status != 200 || !strings.Contains(got.body, `"skipped":["`+left+`"]`) {
		t.Errorf("the revert says %d %s", got.status, got.body)
	}
}
