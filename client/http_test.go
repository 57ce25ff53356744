package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cohort/client"
)

// TestASecretGoesToItsServerOnly also where a redirect keeps method and body.
func TestASecretGoesToItsServerOnly(t *testing.T) {
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path)
		_, _ = w.Write([]byte(`{"access_token":"t","expires_in":3600}`))
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, where := range []string{"/oauth2/token", "/v1/me"} {
			first := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == where {
					http.Redirect(w, r, other.URL+r.URL.Path, status)
					return
				}
				_, _ = w.Write([]byte(`{"access_token":"t","expires_in":3600}`))
			}))
			c := client.New(first.URL, "id", "secret", first.Client())
			err := c.Do(t.Context(), http.MethodGet, "/v1/me", nil, nil, nil, nil)
			if err == nil || !strings.Contains(err.Error(), "redirects to http://") {
				t.Errorf("%d of %s: %v", status, where, err)
			}
			first.Close()
		}
	}
	if len(got) > 0 {
		t.Errorf("another server was asked: %q", got)
	}
}

func TestAServerSaysHowLongToWait(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, "": 0, "-3": 0, "soon": 0,
		"Sat, 31 Jan 2026 12:00:09 GMT": 9 * time.Second, "Sat, 31 Jan 2026 11:00:00 GMT": 0,
	} {
		if got := client.RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}
