package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestEveryDialectSaysItsRevisionAndWaitsForOne asks all dialects for reachable and
// unreachable revisions, and looks for the revision in the replies.
func TestEveryDialectSaysItsRevisionAndWaitsForOne(t *testing.T) {
	c := newDialectClient(t)
	send := func(method, path, header, value string) (status int, revision string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, c.base+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.token)
		r.Header.Set("Content-Type", "application/json")
		if header != "" {
			r.Header.Set(header, value)
		}
		resp, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Cohort-Revision")
	}
	for _, path := range []string{"/api/4.0/groups", "/usergroups", "/v1/groups"} {
		for _, test := range []struct {
			header, value string
			status        int
		}{
			{"", "", 200},
			{"Cohort-Min-Revision", "1-1", 200},
			{"Cohort-Min-Revision", "1", 200},
			{"Cohort-Min-Revision", "2-1", 409},
			{"Cohort-Min-Revision", "1-99999999", 409},
			{"Cohort-Min-Revision", "two", 400},
			{"Cohort-Consistency", "strong", 200},
			{"Cohort-Consistency", "very", 400},
		} {
			status, revision := send(http.MethodGet, path, test.header, test.value)
			if status != test.status || revision != "1-1" {
				t.Errorf("GET %s, %s: %s: %d at revision %q, want %d at 1-1", path, test.header, test.value, status, revision,
					test.status)
			}
		}
	}
	for _, request := range []string{
		"GET /api/4.0/groups/99", "GET /nothing", "DELETE /v1/groups/99", "POST /v1/changes", "GET /usergroups/id/99",
		"PATCH /v1/groups",
		"GET /v1/openapi.yaml", "DELETE /api/4.0/logout",
	} {
		method, path, _ := strings.Cut(request, " ")
		if status, revision := send(method, path, "", ""); revision != "1-1" && path != "/nothing" {
			t.Errorf("%s: %d at revision %q", request, status, revision)
		}
	}
	for _, token := range []string{c.token, "unknown"} { // the token has ended
		c.token = token
		for _, path := range []string{"/api/4.0/groups", "/usergroups", "/v1/groups"} {
			if status, revision := send(http.MethodGet, path, "", ""); status != http.StatusUnauthorized || revision != "" {
				t.Errorf("a stranger to %s: %d at revision %q", path, status, revision)
			}
		}
	}
}
