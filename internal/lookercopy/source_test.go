package lookercopy

import (
	"context"
	"net/http"
	"net/http/httptest"
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
			logins++
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
	if waited != 7*time.Second || logins != 2 {
		t.Errorf("waited %v and logged in %d times, want 7s and 2", waited, logins)
	}
	if err := s.get(t.Context(), "/x", nil, &out); err == nil || err.Error() != "GET /x: 404 Not found" {
		t.Errorf("a refusal is %v", err)
	}
}
