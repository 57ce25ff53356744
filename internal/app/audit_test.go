package app_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"cohort/internal/app"
)

// A safeBuffer is a log that several goroutines write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// take returns what was logged since the last time.
func (s *safeBuffer) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.b.String()
	s.b.Reset()
	return text
}

// An auditedSite is a directory whose log is read.
type auditedSite struct {
	t   *testing.T
	app *app.App
	log *safeBuffer
}

func newAuditedSite(t *testing.T) (s *auditedSite, administrator string) {
	t.Helper()
	s = &auditedSite{t: t, log: &safeBuffer{}}
	var err error
	s.app, err = app.Open(t.Context(), settings(t, nil),
		app.Options{InMemory: true, Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.app.Close(); err != nil {
			t.Error(err)
		}
	})
	_, administrator = token(t, s.app.Handler(), s.app.Made()[0])
	return s, administrator
}

func (s *auditedSite) ask(method, path, bearer, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+bearer)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.app.Handler().ServeHTTP(w, r)
	return w
}

// logs makes a request and looks for a line that has all of some words.
func (s *auditedSite) logs(method, path, bearer, body string, status int, words ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	s.log.take()
	w := s.ask(method, path, bearer, body)
	if w.Code != status {
		s.t.Errorf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	text := s.log.take()
	for line := range strings.SplitSeq(text, "\n") {
		missing := 0
		for _, word := range words {
			if !strings.Contains(line, word) {
				missing++
			}
		}
		if missing == 0 {
			return w
		}
	}
	s.t.Errorf("%s %s: no line has %q:\n%s", method, path, words, text)
	return w
}

// TestWhatLetsPeopleInIsLoggedUnderStableNames: who was refused for want of a
// permission, whose credentials and roles were changed, who acts as whom, and who
// opened which hidden value; never a value or a secret.
func TestWhatLetsPeopleInIsLoggedUnderStableNames(t *testing.T) {
	s, root := newAuditedSite(t)
	change := func(edits string) string { return `{"edits":[` + edits + `]}` }
	made := s.logs("POST", "/v1/changes", root,
		change(`{"edit":"create_user","first_name":"Ada"},{"edit":"create_api_credential","user":"$0","client_id":"ada"}`),
		200, "event=credential_created", "of_user=2", "kind=api", "caller=1", "revision=")
	_, rest, _ := strings.Cut(made.Body.String(), `"secret":"`)
	secret, _, _ := strings.Cut(rest, `"`)
	_, ada := token(t, s.app.Handler(), app.Credential{ClientID: "ada", Secret: secret})
	s.logs("POST", "/v1/changes", ada, change(`{"edit":"create_group","name":"s3cret"}`), 403, "event=permission_refused",
		"caller=2", "credential=2", "address=192.0.2.1")
	s.logs("POST", "/api/4.0/groups", ada, `{"name":"x"}`, 404, "event=permission_refused", "caller=2", "pattern=")
	s.logs("POST", "/v1/changes", root, change(`{"edit":"set_user_roles","user":"2","roles":["2"]}`), 200,
		"event=role_given", "of_user=2", "role=2")
	s.logs("POST", "/v1/changes", root, change(`{"edit":"set_user_roles","user":"2","roles":[]}`), 200, "event=role_taken",
		"of_user=2")
	s.logs("POST", "/v1/changes", root,
		change(`{"edit":"create_permission_set","name":"x","permissions":["see_users"]},{"edit":"create_model_set","name":"x","models":[]},{"edit":"create_role","name":"x","permission_set":"$0","model_set":"$1"}`),
		200, "event=permission_set_changed")
	s.logs("POST", "/api/4.0/login/2", root, "", 200, "event=sudo", "user=2", "sudoer=1")
	s.ask("POST", "/v1/changes", root,
		change(`{"edit":"create_attribute","name":"pin","type":"string","hidden":true},{"edit":"set_user_value","user":"2","attribute":"$0","value":"s3cret"}`))
	s.logs("POST", "/v1/users/2/values/pin/reveal", root, "", 200, "event=reveal", "caller=1", "owner=user:2",
		"attribute=14")
	s.logs("POST", "/v1/changes", root, change(`{"edit":"update_user","user":"2","disabled":true}`), 200,
		"event=user_state_changed", "of_user=2", "disabled=true")
	s.logs("POST", "/v1/changes", root, change(`{"edit":"delete_credential","user":"2","credential":"2"}`), 200,
		"event=credential_deleted", "of_credential=2")
	if text := s.log.take(); strings.Contains(text, "s3cret") || secret == "" || strings.Contains(text, secret) {
		t.Errorf("a value or a secret is in the log: %s", text)
	}

	if w := s.ask("GET", "/v1/reveals", root, ""); w.Code != http.StatusOK ||
		!strings.Contains(w.Body.String(), `"owner":"user:2"`) || strings.Contains(w.Body.String(), "s3cret") {
		t.Errorf("the log of reveals: %d %s", w.Code, w.Body)
	}
}

// TestARequestIsFoundByItsClientsIDAndByOurs: log and record hold both, and the reply
// says the client's.
func TestARequestIsFoundByItsClientsIDAndByOurs(t *testing.T) {
	s, root := newAuditedSite(t)
	s.log.take()
	w := s.ask("POST", "/v1/changes", root, `{"edits":[{"edit":"create_group","name":"G"}]}`, "X-Request-Id", "job-7")
	if w.Code != http.StatusOK || w.Header().Get("X-Request-Id") != "job-7" {
		t.Fatalf("%d %s, X-Request-Id %q", w.Code, w.Body, w.Header().Get("X-Request-Id"))
	}
	_, rest, _ := strings.Cut(s.log.take(), "request_id=job-7")
	_, rest, found := strings.Cut(rest, "own_request_id=")
	own, _, _ := strings.Cut(strings.Fields(rest + " ")[0], "\n")
	if !found || len(own) < 20 {
		t.Fatalf("the log has no id of ours: %q", rest)
	}
	for _, id := range []string{"job-7", own} {
		list := s.ask("GET", "/v1/changes?request_id="+id, root, "").Body.String()
		if strings.Count(list, `"revision"`) != 1 ||
			!strings.Contains(list, `"request_id":"job-7","own_request_id":"`+own+`"`) {
			t.Errorf("changes of %s: %s", id, list)
		}
	}
	if list := s.ask("GET", "/v1/changes?request_id=job", root, "").Body.String(); strings.Contains(list, `"revision"`) {
		t.Errorf("a part of an id finds %s", list)
	}
	if w := s.ask("POST", "/v1/changes/revert", root, `{"request_id":"`+own+`"}`); w.Code != http.StatusOK {
		t.Errorf("undone by our id: %d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/v1/me", root, "", "X-Request-Id", "not plain"); w.Header().Get("X-Request-Id") == "not plain" ||
		w.Header().Get("X-Request-Id") == "" {
		t.Errorf("an id that is not plain: %q", w.Header().Get("X-Request-Id"))
	}
}

// Items of a request that lack a permission are logged, though the request is answered.
func TestRefusedItemsAreLogged(t *testing.T) {
	s, root := newAuditedSite(t)
	made := s.ask("POST", "/v1/changes", root, `{"edits":[
		{"edit":"create_permission_set","name":"x","permissions":["see_users","manage_users"]},
		{"edit":"create_role","name":"x","permission_set":"$0","model_set":"1"},
		{"edit":"create_user","first_name":"Mia"},{"edit":"create_api_credential","user":"$2","client_id":"mia"},
		{"edit":"set_user_roles","user":"$2","roles":["$1"]},
		{"edit":"create_group","name":"Administrators"},{"edit":"set_group_roles","group":"$5","roles":["2"]}]}`)
	_, rest, _ := strings.Cut(made.Body.String(), `"secret":"`)
	secret, _, _ := strings.Cut(rest, `"`)
	_, mia := token(t, s.app.Handler(), app.Credential{ClientID: "mia", Secret: secret})
	s.logs("POST", "/users/bulk/id", mia, `{"users":[{"id":1,"email":"s3cret@example.com"},{"id":2,"firstName":"Mia"},
		{"id":1,"email":"s3cret@example.org"}]}`, 200, "event=permission_refused", "caller=2", "items=3", "refused=2",
		"pattern=")
	client := s.ask("POST", "/v1/scim/clients", root, `{"name":"okta"}`)
	_, rest, _ = strings.Cut(client.Body.String(), `"token":"`)
	okta, _, _ := strings.Cut(rest, `"`)
	s.logs("POST", "/scim/v2/Bulk", okta, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"s3cret@example.com"}},
		{"method":"PATCH","path":"/Groups/g2","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:u"}]}]}}]}`, 200, "event=permission_refused",
		"item=PATCH", "caller=3")
	if text := s.log.take(); strings.Contains(text, "s3cret") {
		t.Errorf("what was sent is in the log: %s", text)
	}
}
