package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"cohort/client"
)

// A server gives tokens that are good for so many requests each.
type server struct {
	uses   int32
	logins atomic.Int32
	left   atomic.Int32
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/oauth2/token" && r.FormValue("client_secret") != "secret":
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"wrong"}`)
	case r.URL.Path == "/oauth2/token":
		s.left.Store(s.uses)
		fmt.Fprintf(w, `{"access_token":"t%d","expires_in":3600}`, s.logins.Add(1))
	case s.left.Add(-1) < 0:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"title":"Who asks is not known","status":401}`)
	default:
		fmt.Fprintf(w, `{"revision":5,"summary":%q}`, r.Method+" "+r.URL.EscapedPath()+" "+r.Header.Get("Authorization"))
	}
}

func TestATokenIsUsedUntilItIsRefusedAndThenRenewedOnce(t *testing.T) {
	s := &server{uses: 2}
	web := httptest.NewServer(s)
	defer web.Close()
	c := client.New(web.URL+"/", "id", "secret", nil)
	for i, want := range []string{"Bearer t1", "Bearer t1", "Bearer t2"} {
		x, err := c.Explain(t.Context(), "source:erp/47 11", "region", client.Point{})
		if err != nil || !strings.HasSuffix(x.Summary, want) ||
			!strings.HasPrefix(x.Summary, "GET /v1/users/source:erp%2F47%2011/effective/region ") {
			t.Errorf("call %d: %q, %v; want %q", i, x.Summary, err, want)
		}
	}
	s.uses = 0
	s.left.Store(0)
	_, err := c.Effective(t.Context(), "2", nil, client.Point{})
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 401 || s.logins.Load() != 3 {
		t.Errorf("a token that is never good: %v after %d logins", err, s.logins.Load())
	}
}

func TestABadSecretIsSaidSo(t *testing.T) {
	web := httptest.NewServer(&server{})
	defer web.Close()
	_, err := client.New(web.URL, "id", "guessed", nil).Preview(t.Context(), client.Change{})
	if err == nil || !strings.Contains(err.Error(), "log in: wrong") {
		t.Errorf("%v", err)
	}
}
