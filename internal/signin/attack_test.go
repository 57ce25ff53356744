package signin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"cohort/internal/directory"
	"cohort/internal/signin"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// run starts a provider whose requests and replies pass through a handler; nil changes
// nothing.
func run(t *testing.T, through func(m *mockoidc.MockOIDC, next http.Handler) http.Handler) *mockoidc.MockOIDC {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if through != nil {
		if err := m.AddMiddleware(func(next http.Handler) http.Handler { return through(m, next) }); err != nil {
			t.Fatal(err)
		}
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err == nil {
		err = m.Start(ln, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// altered changes the JSON replies at a path.
func altered(path string, change func(m *mockoidc.MockOIDC, reply map[string]any)) func(*mockoidc.MockOIDC,
	http.Handler) http.Handler {
	return func(m *mockoidc.MockOIDC, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, path) {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			var reply map[string]any
			if json.Unmarshal(rec.Body.Bytes(), &reply) == nil {
				change(m, reply)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(rec.Code)
			_ = json.NewEncoder(w).Encode(reply)
		})
	}
}

// TestNobodyComesInByAnotherWayThanTheSubject runs attacks that let people sign in as somebody
// else in other products.
func TestNobodyComesInByAnotherWayThanTheSubject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*signin.Provider)
		who    person
	}{
		"Grafana CVE-2022-31107: the same login name": {nil, person{sub: "1", claims: map[string]any{
			"preferred_username": "ada@example.com", "login": "ada@example.com", "name": "Ada", "nickname": "ada",
			"upn": "ada@example.com",
		}}},
		"PocketBase CVE-2024-38351: an e-mail that nobody has verified": {nil,
			person{sub: "1", claims: email("ada@example.com", nil)}},
		"Nhost CVE-2026-41574: one that the provider calls unverified": {nil,
			person{sub: "1", claims: email("ada@example.com", false)}},
		"Coder CVE-2026-55076: verified as another type": {nil,
			person{sub: "1", claims: email("ada@example.com", map[string]any{"a": true})}},
		"litmuschaos 5605: unverified, in userinfo": {nil, person{
			sub: "1", info: map[string]any{"email": "ada@example.com", "email_verified": false},
		}},
		"klangk 1226: userinfo verifies the e-mail of the ID token": {nil, person{
			sub: "1", claims: email("ada@example.com", nil), info: map[string]any{"email": "eve@example.com",
				"email_verified": true},
		}},
		"Athenaeum 13: called admin": {nil,
			person{sub: "1", claims: map[string]any{"preferred_username": "admin", "email": "admin", "email_verified": true}}},
		"Coder CVE-2024-27918: a domain that ends like ours": {
			func(p *signin.Provider) { p.Domains = []string{"ample.com", "mail.example.com", "com", ""} },
			person{sub: "1", claims: email("ada@example.com", true)},
		},
		"Flux Operator CVE-2026-23990: empty claims": {
			func(p *signin.Provider) { p.Source, p.SourceClaim = "okta", "oid" },
			person{sub: "1", claims: map[string]any{"oid": "", "email": "", "email_verified": true, "preferred_username": ""}},
		},
		"a source reference that is no text": {
			func(p *signin.Provider) { p.Source, p.SourceClaim = "okta", "oid" },
			person{sub: "1", claims: map[string]any{"oid": []any{"00u1"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := withProvider(t, c.change)
			w.commit(t, directory.SetSource{Object: ada.Object(), Source: "okta", SourceID: "00u1"})
			before := w.core.Head()
			if user, err := w.finish(t, m, c.who); directory.KindOf(err) != directory.KindForbidden {
				t.Errorf("signed in as %d: %v", user, err)
			}
			if after := w.core.Head(); after.Revision != before.Revision || after.Users != before.Users {
				t.Errorf("a refused person left a change: %+v, before %+v", after, before)
			}
		})
	}
}

// TestCVE202231034SecretsOfASignInAreRandom begins many sign-ins.
func TestCVE202231034SecretsOfASignInAreRandom(t *testing.T) {
	w, _ := withProvider(t, nil)
	seen := map[string]bool{}
	for range 50 {
		to, cookie, err := w.Begin(t.Context(), "mock", "/ui/", 0)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{cookie, u.Query().Get("state"), u.Query().Get("nonce"),
			u.Query().Get("code_challenge")} {
			if len(secret) < 43 || seen[secret] {
				t.Errorf("the secret %q is short, or was used before", secret)
			}
			seen[secret] = true
		}
	}
}

// TestCVE201912496TheProvidersCertificateIsVerified uses a provider with an unsigned
// certificate.
func TestCVE201912496TheProvidersCertificateIsVerified(t *testing.T) {
	asked := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter,
		*http.Request) {
		t.Error("it was asked in spite of its certificate")
	}))
	defer asked.Close()
	asked.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w := newWorld(t, signin.Config{Providers: []signin.Provider{{Name: "mock", Title: "Mock", Issuer: asked.URL,
		ClientID: "c"}}})
	if _, _, err := w.Begin(t.Context(), "mock", "/ui/", 0); directory.KindOf(err) != directory.KindUnavailable {
		t.Errorf("%v, want unavailable", err)
	}
}

// TestCVE202423647TheChallengeIsAnswered checks the request that exchanges a code.
func TestCVE202423647TheChallengeIsAnswered(t *testing.T) {
	var verifier atomic.Value
	m := run(t, func(_ *mockoidc.MockOIDC, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/token") {
				verifier.Store(r.PostFormValue("code_verifier"))
			}
			next.ServeHTTP(w, r)
		})
	})
	w := worldOf(t, m, nil)
	to, cookie, err := w.Begin(t.Context(), "mock", "/ui/users", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Finish(t.Context(), "mock", cookie, visit(t, m, to, good()), ""); err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	sum := sha256.Sum256([]byte(verifier.Load().(string)))
	if got, want := base64.RawURLEncoding.EncodeToString(sum[:]), u.Query().Get("code_challenge"); got != want ||
		want == "" {
		t.Errorf("the verifier answers %q, the challenge was %q", got, want)
	}
}

// visit lets a person sign in at a provider, and returns the callback.
func visit(t *testing.T, m *mockoidc.MockOIDC, to string, who person) url.Values {
	t.Helper()
	m.QueueUser(who)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestCVE202628512TheRedirectIsTheOneOfTheSettings also checks that no sign-in asks for
// refresh tokens (Nhost CVE-2026-34969).
func TestCVE202628512TheRedirectIsTheOneOfTheSettings(t *testing.T) {
	w, _ := withProvider(t, nil)
	to, _, err := w.Begin(t.Context(), "mock", "https://evil.example/", 0)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	if got := u.Query().Get("redirect_uri"); got != "https://cohort.example/ui/login/mock/callback" {
		t.Errorf("redirect_uri is %s", got)
	}
	if strings.Contains(u.Query().Get("scope"), "offline_access") || u.Query().Get("response_type") != "code" {
		t.Errorf("it asks for %s", u.RawQuery)
	}
}

// TestHarborNoSecretIsInTheLog signs in with and without success, and reads the log.
func TestHarborNoSecretIsInTheLog(t *testing.T) {
	m := run(t, nil)
	t.Cleanup(func() { _ = m.Shutdown() })
	var log lockedBuffer
	w := newWorld(t, signin.Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Providers: []signin.Provider{{
		Name: "mock", Title: "Mock", Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret,
		EmailVerified: "claim", Create: true,
		RedirectURL: "https://cohort.example/ui/login/mock/callback",
	}}})
	cookie, callback := w.at(t, m, good())
	session, _, err := w.Finish(t.Context(), "mock", cookie, callback, "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, again := w.Finish(t.Context(), "mock", cookie, callback, "")
	_ = w.EndFromProvider(t.Context(), "mock", "a.b.c")
	said := log.String() + again.Error()
	for _, secret := range []string{m.ClientSecret, callback.Get("code"), callback.Get("state"), cookie, session} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is in the log:\n%s", secret, said)
		}
	}
	if !strings.Contains(said, "signed in") {
		t.Errorf("the log does not say that somebody has signed in:\n%s", said)
	}
}

// A lockedBuffer is a log for concurrent writers.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestPomeriumNoTokenIsShown checks what sessions reveal.
func TestPomeriumNoTokenIsShown(t *testing.T) {
	w, m := withLogout(t)
	if _, err := w.finish(t, m, good()); err != nil {
		t.Fatal(err)
	}
	list, err := w.Sessions(t.Context(), 0)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	b, err := json.Marshal(list)
	if err != nil || bytes.Contains(b, []byte("eyJ")) {
		t.Errorf("a session tells a token: %s, %v", b, err)
	}
}

// TestCVE202522868ALongTokenIsNotParsed sends a token of a megabyte.
func TestCVE202522868ALongTokenIsNotParsed(t *testing.T) {
	for name, raw := range map[string]string{
		"of a hundred thousand dots": strings.Repeat(".", 100_000), "of a megabyte": strings.Repeat("A", 1<<20),
		"with a long head": strings.Repeat("A", 100_000) + ".e30.x",
	} {
		m := run(t, altered("/token", func(_ *mockoidc.MockOIDC, reply map[string]any) { reply["id_token"] = raw }))
		w := worldOf(t, m, nil)
		if _, err := w.finish(t, m, good()); directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("%s: %v, want unauthenticated", name, err)
		}
		if err := w.EndFromProvider(t.Context(), "mock", raw); directory.KindOf(err) != directory.KindMalformed {
			t.Errorf("%s, as a message: %v, want malformed", name, err)
		}
	}
}

// TestVikunjaNoAddressOfAClaimIsAsked puts addresses into every claim that can have one.
func TestVikunjaNoAddressOfAClaimIsAsked(t *testing.T) {
	var asked atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inside.Close()
	w, m := withProvider(t, func(p *signin.Provider) { p.GroupsClaim, p.GroupsSource = "groups", "okta" })
	who := good()
	for _, claim := range []string{"picture", "profile", "website", "jku", "x5u", "jwks_uri"} {
		who.claims[claim] = inside.URL
	}
	who.claims["_claim_names"] = map[string]any{"groups": "src1"}
	who.claims["_claim_sources"] = map[string]any{"src1": map[string]any{"endpoint": inside.URL}}
	if _, err := w.finish(t, m, who); err != nil {
		t.Error(err)
	}
	// The header of a token names a key of the attacker.
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": m.Issuer(), "aud": m.ClientID, "sub": "1"})
	token.Header["jku"], token.Header["x5u"], token.Header["kid"] = inside.URL, inside.URL, "x"
	raw, err := token.SignedString([]byte("k"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.EndFromProvider(t.Context(), "mock", raw); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("%v, want malformed", err)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("an address of a claim was asked %d times", n)
	}
}

// A counting store records the limit of pending sign-ins.
type counting struct {
	store.Store
	most *atomic.Int64
}

func (c counting) Ephemera() store.Ephemera { return countingRows{c.Store.Ephemera(), c.most} }

type countingRows struct {
	store.Ephemera
	most *atomic.Int64
}

func (c countingRows) PutPendingSignIn(ctx context.Context, p store.PendingSignIn, most int) error {
	c.most.Store(int64(most))
	return c.Ephemera.PutPendingSignIn(ctx, p, 3)
}

// TestCVE202631961SignInsThatBeginAreBounded begins more sign-ins than the store keeps; the
// store forgets the oldest.
func TestCVE202631961SignInsThatBeginAreBounded(t *testing.T) {
	m := run(t, nil)
	t.Cleanup(func() { _ = m.Shutdown() })
	var most atomic.Int64
	var ticks atomic.Int64
	s := signin.New(counting{memstore.New(), &most}, signin.Config{
		Now:       func() time.Time { return time.Now().Add(time.Duration(ticks.Add(1)) * time.Millisecond) },
		Providers: []signin.Provider{{Name: "mock", Title: "Mock", Issuer: m.Issuer(), ClientID: "c"}},
	})
	var cookies []string
	for range 4 {
		_, cookie, err := s.Begin(t.Context(), "mock", "/ui/", 0)
		if err != nil {
			t.Fatal(err)
		}
		cookies = append(cookies, cookie)
	}
	if n := most.Load(); n < 100 || n > 10_000 {
		t.Errorf("%d are kept", n)
	}
	if _, _, err := s.Finish(t.Context(), "mock", cookies[0], url.Values{},
		""); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("the oldest: %v, want unauthenticated", err)
	}
}
