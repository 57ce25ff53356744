package native_test

import (
	"net/http"
	"testing"
)

func TestWhoMaySignPeopleInAndOut(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		as, method, path string
		want             int
	}{
		{"admin", http.MethodPost, "/v1/users/2/sign-in-link", http.StatusCreated},
		{"support", http.MethodPost, "/v1/users/2/sign-in-link", http.StatusForbidden},
		{"ordinary", http.MethodPost, "/v1/users/2/sign-in-link", http.StatusForbidden},
		{"admin", http.MethodPost, "/v1/users/99/sign-in-link", http.StatusNotFound},
		{"admin", http.MethodGet, "/v1/sessions", http.StatusOK},
		{"ordinary", http.MethodGet, "/v1/sessions", http.StatusOK},
		{"support", http.MethodGet, "/v1/sessions?user=2", http.StatusForbidden},
		{"support", http.MethodDelete, "/v1/users/2/sessions/5", http.StatusForbidden},
		{"ordinary", http.MethodDelete, "/v1/users/2/sessions/6", http.StatusNotFound},
		{"ordinary", http.MethodDelete, "/v1/users/2/sessions/5", http.StatusOK},
		{"admin", http.MethodDelete, "/v1/users/2/sessions/x", http.StatusNotFound},
	} {
		body := ""
		if c.method == http.MethodPost {
			body = "{}"
		}
		if got := w.send(c.as, c.method, c.path, body, nil); got.status != c.want {
			t.Errorf("%s: %s %s: %d %s, want %d", c.as, c.method, c.path, got.status, got.body, c.want)
		}
	}
	if got := w.send("support", http.MethodGet, "/v1/sessions", "", nil); got.body != `{"sessions":[]}`+"\n" {
		t.Errorf("support sees %s", got.body)
	}
}
