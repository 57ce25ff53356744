package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
)

// settings are the defaults, with some set.
func settings(t *testing.T, flags config.Flags, environ ...string) config.Config {
	t.Helper()
	c, _, err := config.Load(flags, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func open(t *testing.T, c config.Config, options app.Options) *app.App {
	t.Helper()
	options.Log = discard()
	a, err := app.Open(t.Context(), c, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// token logs in at the handler, and returns the status and the token.
func token(t *testing.T, h http.Handler, c app.Credential) (status int, token string) {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.Secret}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth2/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var body struct {
		Token string `json:"access_token"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &body)
	return w.Code, body.Token
}

func TestTheHandlerServesEveryDialectWithoutAListener(t *testing.T) {
	a := open(t, settings(t, config.Flags{"propeller-prefix": "/shop"}), app.Options{InMemory: true})
	h := a.Handler()
	status, bearer := token(t, h, a.Made()[0])
	if status != http.StatusOK || bearer == "" {
		t.Fatalf("no token: %d", status)
	}
	for path, want := range map[string]int{
		"/api/4.0/groups": 200, "/usergroups": 200, "/shop/usergroups": 200, "/v1/groups": 200, "/v1/openapi.yaml": 200,
		"/healthz": 200, "/readyz?for=writes": 200, "/metrics": 200, "/nothing": 404,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+bearer)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("GET %s: %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
}

// TestTheFirstAdministratorHasAContactEmail: clients key on the e-mails of users.
func TestTheFirstAdministratorHasAContactEmail(t *testing.T) {
	for flag, want := range map[string]string{"": "admin@localhost.localdomain", "ada@example.com": "ada@example.com"} {
		flags := config.Flags{"data": t.TempDir()}
		if flag != "" {
			flags["admin-email"] = flag
		}
		a := open(t, settings(t, flags), app.Options{})
		_, text := token(t, a.Handler(), a.Made()[0])
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/4.0/user?fields=email,credentials_email", nil)
		r.Header.Set("Authorization", "Bearer "+text)
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if got, want := w.Body.String(), `{"credentials_email":null,"email":"`+want+`"}`; got != want {
			t.Errorf("with --admin-email %q: %s, want %s", flag, got, want)
		}
	}
}

func TestASeedIsForANewDirectoryOnly(t *testing.T) {
	c := settings(t, config.Flags{"data": filepath.Join(t.TempDir(), "data")}, "COHORT_CLIENT_ID=first",
		"COHORT_CLIENT_SECRET=a-secret-of-the-first")
	seed := app.Seed{Name: "test", Edits: []directory.Edit{
		directory.CreateUser{ID: 50, FirstName: "Ada"}, directory.CreateAPICredential{User: 50},
	}}
	options := app.Options{Log: slog.New(slog.DiscardHandler), Seed: seed}
	a, err := app.Open(t.Context(), c, options)
	if err != nil {
		t.Fatal(err)
	}
	made := a.Made()
	if len(made) != 2 || made[0].ClientID != "first" || made[1].User != 50 ||
		a.KeyFile() != filepath.Join(c.Data, app.KeyFileName) {
		t.Errorf("a new directory made %+v and the key file %q", made, a.KeyFile())
	}
	for _, m := range made {
		if status, _ := token(t, a.Handler(), m); status != http.StatusOK {
			t.Errorf("user %d cannot log in: %d", m.User, status)
		}
	}
	head := a.Core().Head().Revision
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, c, options)
	if len(a.Made()) != 0 || a.KeyFile() != "" || a.Core().Head().Revision != head {
		t.Errorf("opened again: made %+v, key file %q, revision %d, was %d", a.Made(), a.KeyFile(), a.Core().Head().Revision,
			head)
	}
}

func TestWhatIsWrongWithTheSettingsIsASettingErrorBeforeADirectoryIsMade(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(bad, []byte(`{"edits":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ReadSeed(bad); !isSetting(err) || !strings.Contains(err.Error(), bad) {
		t.Errorf("a bad seed: %v", err)
	}
	for name, test := range map[string]struct {
		flags   config.Flags
		environ []string
		want    string
	}{
		"key":         {nil, []string{"COHORT_KEY=short"}, "COHORT_KEY: "},
		"certificate": {config.Flags{"tls-cert": "nowhere", "tls-key": "nowhere"}, nil, "tls-cert, tls-key: "},
		"database": {config.Flags{"database": "postgres://nobody@localhost/none"}, nil,
			"with a database, every node needs the same key"},
	} {
		dir := filepath.Join(t.TempDir(), "data")
		flags := config.Flags{"data": dir}
		maps.Copy(flags, test.flags)
		_, err := app.Open(t.Context(), settings(t, flags, test.environ...), app.Options{Log: slog.New(slog.DiscardHandler)})
		if !isSetting(err) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the data directory was made", name)
		}
	}
}

func isSetting(err error) bool {
	_, is := errors.AsType[app.SettingError](err)
	return is
}

func TestServeEndsWithItsContext(t *testing.T) {
	a := open(t, settings(t, config.Flags{"addr": "127.0.0.1:0"}), app.Options{InMemory: true})
	if err := a.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(a.BaseURL() + "/healthz")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
