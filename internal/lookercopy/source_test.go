package lookercopy

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestASourceWaitsAsLongAsItIsAskedToAndLogsInAgain(t *testing.T) {
	logins, asked := 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := func(status int, body string) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
		if r.URL.Path == "/api/4.0/login" {
			if logins++; logins == 1 {
				w.Header().Set("Retry-After", "3")
				reply(503, `{}`)
				return
			}
			reply(200, `{"access_token":"t"}`)
			return
		}
		switch asked++; asked {
		case 1:
			w.Header().Set("Retry-After", "7")
			reply(429, `{}`)
		case 2:
			reply(401, `{}`)
		case 3:
			reply(200, `[{"id":"1"}]`)
		default:
			reply(404, `{"message":"Not found"}`)
		}
	}))
	defer server.Close()
	s := NewSource(server.URL+"/api/4.0/", "id", "secret")
	var waited time.Duration
	s.wait = func(_ context.Context, d time.Duration) error { waited += d; return nil }
	var out []struct{ ID string }
	if err := s.get(t.Context(), "/x", nil, &out); err != nil || len(out) != 1 {
		t.Fatalf("%v, %v", out, err)
	}
	if waited != 10*time.Second || logins != 3 {
		t.Errorf("waited %v and logged in %d times, want 10s and 3", waited, logins)
	}
	if err := s.get(t.Context(), "/x", nil, &out); err == nil || err.Error() != "GET /x: 404 Not found" {
		t.Errorf("a refusal is %v", err)
	}
}

// A secret goes to the instance that it is of, and to nobody that it names.
func TestASourceFollowsNoRedirectToElsewhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server was asked: %s %s", r.Method, r.URL)
	}))
	defer other.Close()
	for _, where := range []string{"/api/4.0/login", "/api/4.0/x"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == where {
				http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
				return
			}
			_, _ = w.Write([]byte(`{"access_token":"t"}`))
		}))
		var out any
		err := NewSource(server.URL, "id", "secret").get(t.Context(), "/x", nil, &out)
		if err == nil || !strings.Contains(err.Error(), "redirects to "+other.URL) {
			t.Errorf("%s: %v", where, err)
		}
		server.Close()
	}
}
