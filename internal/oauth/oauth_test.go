package oauth_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/oauth"
	"cohort/internal/store/memstore"
)

type noSealer struct{}

func (noSealer) Seal(directory.AttributeID, directory.Object, string) (string, []byte, error) {
	return "", nil, fmt.Errorf("nothing is sealed here")
}

func (noSealer) Open(directory.AttributeID, directory.Object, string, []byte) (string, error) {
	return "", fmt.Errorf("nothing is sealed here")
}

// newEndpoint serves the token endpoint for one client, "id/1" with the secret
// "s3:cret/%".
func newEndpoint(t testing.TB) (http.Handler, *auth.Service) {
	t.Helper()
	s := memstore.New()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: noSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := c.Bootstrap(t.Context(), "id/1", "s3:cret/%"+strings.Repeat("x", 20)); err != nil {
		t.Fatal(err)
	}
	sessions := auth.New(s, auth.Config{ClientFailures: 3})
	return oauth.New(oauth.Config{
		Sessions: sessions, Log: slog.New(slog.DiscardHandler), Now: time.Now, Prefixes: []string{"/propeller"},
	}), sessions
}

const secret = "s3%3Acret%2F%25xxxxxxxxxxxxxxxxxxxx" // as a form has it

func post(h http.Handler, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestATokenForClientCredentials(t *testing.T) {
	h, sessions := newEndpoint(t)
	for name, send := range map[string]func() *httptest.ResponseRecorder{
		"in the body": func() *httptest.ResponseRecorder {
			return post(h, "/oauth2/token", "grant_type=client_credentials&client_id=id%2F1&client_secret="+secret)
		},
		"in the header": func() *httptest.ResponseRecorder {
			return post(h, "/oauth2/token", "grant_type=client_credentials", "Authorization", basic("id%2F1", secret))
		},
		"below the prefix": func() *httptest.ResponseRecorder {
			return post(h, "/propeller/oauth2/token", "grant_type=client_credentials&client_id=id%2F1&client_secret="+secret)
		},
		"with the client id twice alike": func() *httptest.ResponseRecorder {
			return post(h, "/oauth2/token", "grant_type=client_credentials&client_id=id%2F1", "Authorization",
				basic("id%2f1", secret))
		},
	} {
		rec := send()
		body := rec.Body.String()
		before, after, ok := strings.Cut(body, `","expires_in":3599,"token_type":"Bearer"}`)
		token, ok2 := strings.CutPrefix(before, `{"access_token":"`)
		if rec.Code != 200 || !ok || !ok2 || after != "" {
			t.Errorf("%s: %d %s", name, rec.Code, body)
			continue
		}
		if caller, err := sessions.Authenticate(t.Context(), token); err != nil || caller.User != 1 {
			t.Errorf("%s: the token is of %v, %v", name, caller, err)
		}
		if h := rec.Header(); h.Get("Cache-Control") != "no-store" || h.Get("Pragma") != "no-cache" ||
			h.Get("Content-Type") != "application/json" {
			t.Errorf("%s: header %v", name, h)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, test := range []struct {
		name, body string
		header     []string
		status     int
		code       string
	}{
		{"no grant type", "client_id=id%2F1&client_secret=" + secret, nil, 400, "invalid_request"},
		{"another grant type", "grant_type=password&client_id=id%2F1&client_secret=" + secret, nil, 400,
			"unsupported_grant_type"},
		{"a parameter twice", "grant_type=client_credentials&client_id=a&client_id=b&client_secret=c", nil, 400,
			"invalid_request"},
		{"no secret", "grant_type=client_credentials&client_id=id%2F1", nil, 400, "invalid_request"},
		{"no form", "grant_type=client_credentials&client_id=%zz", nil, 400, "invalid_request"},
		{"JSON", `{"grant_type":"client_credentials"}`, []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		{"a wrong secret", "grant_type=client_credentials&client_id=id%2F1&client_secret=no", nil, 401, "invalid_client"},
		{"an unknown client", "grant_type=client_credentials&client_id=no&client_secret=no", nil, 401, "invalid_client"},
		{"a long secret", "grant_type=client_credentials&client_id=id%2F1&client_secret=" + strings.Repeat("a", 1025), nil,
			401, "invalid_client"},
		{"both ways", "grant_type=client_credentials&client_id=id%2F1&client_secret=" + secret,
			[]string{"Authorization", basic("id%2F1", secret)}, 400, "invalid_request"},
		{"two client ids", "grant_type=client_credentials&client_id=other",
			[]string{"Authorization", basic("id%2F1", secret)}, 401, "invalid_client"},
		{"another scheme", "grant_type=client_credentials", []string{"Authorization", "Bearer x"}, 401, "invalid_client"},
		{"a long body", strings.Repeat("a", 64<<10+1), nil, 400, "invalid_request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, _ := newEndpoint(t)
			rec := post(h, "/oauth2/token", test.body, test.header...)
			if rec.Code != test.status || !strings.HasPrefix(rec.Body.String(),
				`{"error":"`+test.code+`","error_description":"`) {
				t.Errorf("%d %s, want %d %s", rec.Code, rec.Body, test.status, test.code)
			}
			if got := rec.Header().Get("WWW-Authenticate"); (got != "") != (rec.Code == 401) {
				t.Errorf("WWW-Authenticate is %q", got)
			}
		})
	}
}

func TestGuessingIsStopped(t *testing.T) {
	h, _ := newEndpoint(t)
	for range 3 {
		post(h, "/oauth2/token", "grant_type=client_credentials&client_id=id%2F1&client_secret=no")
	}
	if rec := post(h, "/oauth2/token",
		"grant_type=client_credentials&client_id=id%2F1&client_secret="+secret); rec.Code != 200 {
		t.Errorf("a right pair: %d %s", rec.Code, rec.Body)
	}
	for range 3 {
		post(h, "/oauth2/token", "grant_type=client_credentials&client_id=id%2F1&client_secret=no")
	}
	rec := post(h, "/oauth2/token", "grant_type=client_credentials&client_id=id%2F1&client_secret=no")
	if rec.Code != 429 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s %v", rec.Code, rec.Body, rec.Header())
	}
}

func TestOtherMethodsAndPaths(t *testing.T) {
	h, _ := newEndpoint(t)
	for target, status := range map[string]int{"/oauth2/token": 405, "/oauth2/other": 404} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, target, nil))
		if rec.Code != status {
			t.Errorf("GET %s: %d", target, rec.Code)
		}
	}
}

func FuzzTokenRequests(f *testing.F) {
	h, _ := newEndpoint(f)
	f.Add("grant_type=client_credentials&client_id=a&client_secret=b", "")
	f.Add("grant_type=client_credentials", basic("a", "b%zz"))
	f.Fuzz(func(t *testing.T, body, authorization string) {
		rec := post(h, "/oauth2/token", body, "Authorization", authorization)
		if rec.Code == 500 || rec.Code == 200 {
			t.Errorf("%q, %q: %d %s", body, authorization, rec.Code, rec.Body)
		}
	})
}
