package client

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A busy server answers with a status so often, and then with success.
func busy(t *testing.T, status, times int) (*Client, *int, *time.Duration) {
	asked, waited := new(int), new(time.Duration)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth2/token" {
			_, _ = w.Write([]byte(`{"access_token":"t","expires_in":3600}`))
			return
		}
		if *asked++; *asked <= times {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			return
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	c := New(server.URL, "id", "secret", nil)
	c.wait = func(_ context.Context, d time.Duration) error { *waited += d; return nil }
	return c, asked, waited
}

// TestAClientWaitsAsLongAsItIsAskedTo covers every kind of request: what may
// have happened is sent again only where it happens once.
func TestAClientWaitsAsLongAsItIsAskedTo(t *testing.T) {
	key := http.Header{"Idempotency-Key": {"k"}}
	for _, c := range []struct {
		name          string
		method        string
		header        http.Header
		status, times int
		asked         int
		fails         bool
	}{
		{"too fast", http.MethodPost, nil, 429, 2, 3, false},
		{"busy, reading", http.MethodGet, nil, 503, 2, 3, false},
		{"busy, writing under a key", http.MethodPost, key, 503, 2, 3, false},
		{"busy, writing", http.MethodPost, nil, 503, 2, 1, true},
		{"for ever", http.MethodGet, nil, 429, 100, 6, true},
		{"refused", http.MethodGet, nil, 403, 2, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, asked, waited := busy(t, c.status, c.times)
			err := client.Do(t.Context(), c.method, "/v1/x", nil, c.header, nil, nil)
			if *asked != c.asked || (err != nil) != c.fails {
				t.Errorf("asked %d times: %v; want %d", *asked, err, c.asked)
			}
			if want := time.Duration(c.asked-1) * 7 * time.Second; *waited != want {
				t.Errorf("waited %v, want %v", *waited, want)
			}
		})
	}
}
