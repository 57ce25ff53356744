package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// In every dialect a write that comes again under its key is answered again,
// and done once: when it made something, changed it and deleted it.
func TestWritesOfEveryDialectAreRepeatedUnderAKey(t *testing.T) {
	a := open(t, settings(t, nil), app.Options{InMemory: true})
	h := a.Handler()
	_, bearer := token(t, h, a.Made()[0])
	if _, err := view.New(a.Core()).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{
			directory.CreateAttribute{Name: "region", Type: directory.TypeString},
			directory.CreateGroup{Name: "one"}, directory.CreateGroup{Name: "two"}, directory.CreateGroup{Name: "three"},
			directory.CreateUser{FirstName: "Ada"},
		}}); err != nil {
		t.Fatal(err)
	}
	send := func(method, target, body, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Idempotency-Key", key)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, test := range []struct{ method, target, body string }{
		{"POST", "/api/4.0/groups", `{"name":"looker"}`},
		{"PATCH", "/api/4.0/groups/2", `{"name":"looker 2"}`},
		{"PATCH", "/api/4.0/groups/2/attribute_values/14", `{"value":"a"}`},
		{"DELETE", "/api/4.0/groups/2/attribute_values/14", ""},
		{"POST", "/api/4.0/groups/2/users", `{"user_id":"2"}`},
		{"DELETE", "/api/4.0/groups/2/users/2", ""},
		{"POST", "/api/4.0/users/2/credentials_email", `{"email":"ada@example.com"}`},
		{"DELETE", "/api/4.0/users/2/credentials_email", ""},
		{"POST", "/api/4.0/users/2/credentials_api3", ""},
		{"PUT", "/api/4.0/users/2/roles", `["2"]`},
		{"DELETE", "/api/4.0/groups/2", ""},
		{"POST", "/usergroups", `{"name":"propeller"}`},
		{"PATCH", "/usergroups/id/3", `{"name":"propeller 2"}`},
		{"POST", "/usergroups/bulk/id",
			`{"usergroups":[{"id":50,"name":"a"},{"id":51,"name":"b","parent":{"id":50}},{"id":0,"name":"c"}]}`},
		{"POST", "/usergroups/id/3/attributes", `[{"id":14,"type":"text","value":[{"language":"EN","value":"p"}]}]`},
		{"POST", "/usergroups/bulk/sourceId",
			`{"usergroups":[{"sourceId":"2","source":"erp","parent":{"sourceId":"1","source":"erp"}},{"sourceId":"1","source":"erp"}]}`},
		{"POST", "/users/bulk/sourceId", `{"users":[{"sourceId":"2","source":"erp"},{"sourceId":"3","source":"erp"}]}`},
		{"POST", "/usergroups/id/3/addresses", `{"type":"home","street":"a","city":"b","country":"NL"}`},
		{"DELETE", "/usergroups/id/3", ""},
		{"POST", "/v1/groups", `{"name":"native"}`},
		{"PATCH", "/v1/groups/4", `{"name":"native 2"}`},
		{"DELETE", "/v1/groups/4", ""},
	} {
		key := test.method + test.target
		before := a.Core().Head().Revision
		first := send(test.method, test.target, test.body, key)
		done := a.Core().Head().Revision
		again := send(test.method, test.target, test.body, key)
		if first.Code/100 != 2 || again.Code != first.Code || done == before || a.Core().Head().Revision != done {
			t.Errorf("%s: %d %s; again %d %s; revisions %d, %d, %d",
				key, first.Code, first.Body, again.Code, again.Body, before, done, a.Core().Head().Revision)
			continue
		}
		if got := again.Body.String(); got != first.Body.String() {
			t.Errorf("%s: %s, again %s", key, first.Body, got)
		}
		if again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
			t.Errorf("%s: Idempotency-Replayed is %q, again %q", key, first.Header().Get("Idempotency-Replayed"),
				again.Header().Get("Idempotency-Replayed"))
		}
		if test.body == "" {
			continue
		}
		other := send(test.method, test.target, test.body+" ", key)
		if other.Code/100 != 4 && !strings.Contains(other.Body.String(), "was used for another request") {
			t.Errorf("%s: another body under the key: %d %s", key, other.Code, other.Body)
		}
	}
	if got := send(http.MethodDelete, "/api/4.0/groups/2", "", "another"); got.Code != http.StatusNotFound {
		t.Errorf("a deletion under another key: %d %s", got.Code, got.Body)
	}
}
