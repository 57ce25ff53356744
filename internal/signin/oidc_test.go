package signin_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"cohort/internal/directory"
	"cohort/internal/signin"
	"cohort/internal/view"
)

// A person is an account at the provider.
type person struct {
	sub    string
	claims map[string]any             // additional claims of the ID token
	info   map[string]any             // claims of userinfo; nil means only sub
	spoil  func(claims jwt.MapClaims) // corrupts the ID token
}

func (p person) ID() string { return p.sub }

func (p person) Userinfo([]string) ([]byte, error) {
	info := map[string]any{"sub": p.sub}
	maps.Copy(info, p.info)
	return json.Marshal(info)
}

func (p person) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	b, err := json.Marshal(base)
	if err != nil {
		return nil, err
	}
	m := jwt.MapClaims{}
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	maps.Copy(m, p.claims)
	if p.spoil != nil {
		p.spoil(m)
	}
	return m, nil
}

// email returns the claims of a person with an e-mail.
func email(address string, verified any) map[string]any {
	c := map[string]any{"email": address}
	if verified != nil {
		c["email_verified"] = verified
	}
	return c
}

// withProvider returns a world with a provider, in which Ada has a login e-mail.
func withProvider(t *testing.T, change func(*signin.Provider)) (*world, *mockoidc.MockOIDC) {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	return worldOf(t, m, change), m
}

func worldOf(t *testing.T, m *mockoidc.MockOIDC, change func(*signin.Provider)) *world {
	t.Helper()
	t.Cleanup(func() { _ = m.Shutdown() })
	p := signin.Provider{
		Name: "mock", Title: "Mock", Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret,
		EmailVerified: "claim",
		RedirectURL:   "https://cohort.example/ui/login/mock/callback",
	}
	if change != nil {
		change(&p)
	}
	w := newWorld(t, signin.Config{Providers: []signin.Provider{p}})
	w.commit(t, directory.SetLoginEmail{User: ada, Email: "ada@example.com"})
	return w
}

// at visits the provider as a browser does, and returns its callback.
func (w *world) at(t *testing.T, m *mockoidc.MockOIDC, who person) (cookie string, callback url.Values) {
	t.Helper()
	to, cookie, err := w.Begin(t.Context(), "mock", "/ui/users", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"code_challenge_method=S256", "nonce=", "state=", "scope=openid+email+profile"} {
		if !strings.Contains(to, want) {
			t.Errorf("the provider is asked by %s, without %s", to, want)
		}
	}
	return cookie, visit(t, m, to, who)
}

func (w *world) finish(t *testing.T, m *mockoidc.MockOIDC, who person) (directory.UserID, error) {
	t.Helper()
	pending, callback := w.at(t, m, who)
	cookie, back, err := w.Finish(t.Context(), "mock", pending, callback, "")
	if err != nil {
		return 0, err
	}
	if back != "/ui/users" {
		t.Errorf("it leads back to %q", back)
	}
	s, err := w.Authenticate(t.Context(), cookie)
	if s.Method != "mock" {
		t.Errorf("the session says %q", s.Method)
	}
	return s.User, err
}

func TestAPersonIsFoundByItsSubjectOnceItIsLinked(t *testing.T) {
	w, m := withProvider(t, nil)
	user, err := w.finish(t, m, person{sub: "a/b 1", claims: email("ADA@example.com", true)})
	if user != ada || err != nil {
		t.Fatalf("by the e-mail: %d, %v", user, err)
	}
	// From now on neither another e-mail nor another person with the same e-mail matters.
	if user, err = w.finish(t, m, person{sub: "a/b 1", claims: email("eve@example.com", true)}); user != ada ||
		err != nil {
		t.Errorf("by the subject: %d, %v", user, err)
	}
	if _, err = w.finish(t, m, person{sub: "other",
		claims: email("ada@example.com", true)}); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("another subject with the e-mail of a linked user: %v", err)
	}
	yes := true
	w.commit(t, directory.UpdateUser{User: ada, Disabled: &yes})
	if _, err = w.finish(t, m, person{sub: "a/b 1"}); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("a disabled user: %v", err)
	}
}

func TestWhichEMailsAreMatched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*signin.Provider)
		claims map[string]any
		info   map[string]any
		powers bool
		want   bool
	}{
		"verified":                    {nil, email("ada@example.com", true), nil, false, true},
		"verified, as a text":         {nil, email("ada@example.com", "true"), nil, false, true},
		"not verified":                {nil, email("ada@example.com", false), nil, false, false},
		"not verified, as a text":     {nil, email("ada@example.com", "false"), nil, false, false},
		"verified, as a number":       {nil, email("ada@example.com", 1), nil, false, false},
		"verified, as a list":         {nil, email("ada@example.com", []any{true}), nil, false, false},
		"nothing is said":             {nil, email("ada@example.com", nil), nil, false, false},
		"nobody's":                    {nil, email("eve@example.com", true), nil, false, false},
		"empty":                       {nil, email("", true), nil, false, false},
		"verified, in userinfo alone": {nil, nil, email("ada@example.com", true), false, true},
		"always verified": {func(p *signin.Provider) { p.EmailVerified = "always" },
			email("ada@example.com", nil), nil, false, true},
		"never verified": {func(p *signin.Provider) { p.EmailVerified = "never" },
			email("ada@example.com", true), nil, false, false},
		"of the domain": {func(p *signin.Provider) { p.Domains = []string{"example.com"} },
			email("ada@example.com", true), nil, false, true},
		"of a domain that ends like it": {func(p *signin.Provider) { p.Domains = []string{"ample.com"} },
			email("ada@example.com", true), nil, false, false},
		"of a user who holds a permission": {nil, email("ada@example.com", true), nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := withProvider(t, c.change)
			if c.powers {
				w.commit(t, directory.SetUserRoles{User: ada, Roles: []directory.RoleID{directory.AdminRole}})
			}
			user, err := w.finish(t, m, person{sub: "1", claims: c.claims, info: c.info})
			if got := err == nil && user == ada; got != c.want || !got && directory.KindOf(err) != directory.KindForbidden {
				t.Errorf("signed in: %v (%v), want %v", got, err, c.want)
			}
		})
	}
}

func TestASourceReferenceIsMatchedBeforeAnEMail(t *testing.T) {
	w, m := withProvider(t, func(p *signin.Provider) { p.Source, p.SourceClaim = "okta", "oid" })
	w.commit(t, directory.SetSource{Object: ada.Object(), Source: "okta", SourceID: "00u1"})
	user, err := w.finish(t, m, person{sub: "1", claims: map[string]any{"oid": "00u1"}})
	if user != ada || err != nil {
		t.Errorf("%d, %v; want %d", user, err, ada)
	}
	if _, err := w.finish(t, m, person{sub: "2",
		claims: map[string]any{"oid": ""}}); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("an empty claim: %v", err)
	}
}

// good is a person who can sign in.
func good() person { return person{sub: "1", claims: email("ada@example.com", true)} }

func TestABadIDTokenIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(jwt.MapClaims){
		"of another sign-in": func(c jwt.MapClaims) { c["nonce"] = "x" },
		"without a nonce":    func(c jwt.MapClaims) { delete(c, "nonce") },
		"of another issuer":  func(c jwt.MapClaims) { c["iss"] = "https://evil.example" },
		"for another client": func(c jwt.MapClaims) { c["aud"] = "other" },
		"for several clients": func(c jwt.MapClaims) {
			c["aud"] = []string{c["aud"].([]any)[0].(string), "other"}
		},
		"for several clients, authorized for another": func(c jwt.MapClaims) {
			c["aud"], c["azp"] = []string{c["aud"].([]any)[0].(string), "other"}, "other"
		},
		"expired":         func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"from the future": func(c jwt.MapClaims) { c["iat"] = time.Now().Add(time.Hour).Unix() },
		"about nobody":    func(c jwt.MapClaims) { c["sub"] = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := withProvider(t, nil)
			who := good()
			who.spoil = spoil
			if _, err := w.finish(t, m, who); directory.KindOf(err) != directory.KindUnauthenticated {
				t.Errorf("%v, want unauthenticated", err)
			}
		})
	}
}

// TestASignatureIsOneOfTheProvider signs the ID token with other keys and algorithms.
func TestASignatureIsOneOfTheProvider(t *testing.T) {
	for name, sign := range map[string]func(payload string, m *mockoidc.MockOIDC) string{
		"none": func(payload string, _ *mockoidc.MockOIDC) string {
			return encode(`{"alg":"none"}`) + "." + payload + "."
		},
		"of the client secret": func(payload string, m *mockoidc.MockOIDC) string {
			head := encode(`{"alg":"HS256"}`) + "." + payload
			b, err := jwt.SigningMethodHS256.Sign(head, []byte(m.ClientSecret))
			return head + "." + encode(string(b)) + map[bool]string{true: "", false: "x"}[err == nil]
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := run(t, altered("/token", func(m *mockoidc.MockOIDC, reply map[string]any) {
				if raw, ok := reply["id_token"].(string); ok {
					reply["id_token"] = sign(strings.Split(raw, ".")[1], m)
				}
			}))
			w := worldOf(t, m, nil)
			if _, err := w.finish(t, m, good()); directory.KindOf(err) != directory.KindUnauthenticated {
				t.Errorf("%v, want unauthenticated", err)
			}
		})
	}
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestACallbackFitsTheBrowserThatBegan(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, w *world, cookie *string, callback url.Values){
		"no cookie":      func(_ *testing.T, _ *world, c *string, _ url.Values) { *c = "" },
		"another state":  func(_ *testing.T, _ *world, _ *string, q url.Values) { q.Set("state", "x") },
		"no state":       func(_ *testing.T, _ *world, _ *string, q url.Values) { q.Del("state") },
		"another code":   func(_ *testing.T, _ *world, _ *string, q url.Values) { q.Set("code", "x") },
		"another issuer": func(_ *testing.T, _ *world, _ *string, q url.Values) { q.Set("iss", "https://evil.example") },
		"too late":       func(_ *testing.T, w *world, _ *string, _ url.Values) { w.pass(11 * time.Minute) },
		"the cookie of another tab": func(t *testing.T, w *world, c *string, _ url.Values) {
			_, other, err := w.Begin(t.Context(), "mock", "/ui/", 0)
			if err != nil {
				t.Fatal(err)
			}
			*c = other
		},
		"a second time": func(t *testing.T, w *world, c *string, q url.Values) {
			if _, _, err := w.Finish(t.Context(), "mock", *c, q, ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := withProvider(t, nil)
			cookie, callback := w.at(t, m, good())
			spoil(t, w, &cookie, callback)
			if _, _, err := w.Finish(t.Context(), "mock", cookie, callback,
				""); directory.KindOf(err) != directory.KindUnauthenticated {
				t.Errorf("%v, want unauthenticated", err)
			}
		})
	}
}

func TestUserinfoIsAboutTheSamePerson(t *testing.T) {
	w, m := withProvider(t, nil)
	who := person{sub: "1", info: map[string]any{"sub": "2", "email": "ada@example.com", "email_verified": true}}
	if _, err := w.finish(t, m, who); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("%v, want unauthenticated", err)
	}
}

func TestAProviderThatIsDownIsAskedAgain(t *testing.T) {
	_, m := withProvider(t, nil)
	issuer := m.Issuer()
	if err := m.Shutdown(); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, signin.Config{Providers: []signin.Provider{{Name: "mock", Title: "Mock", Issuer: issuer}}})
	for range 2 {
		if _, _, err := w.Begin(t.Context(), "mock", "/ui/", 0); directory.KindOf(err) != directory.KindUnavailable {
			t.Errorf("%v, want unavailable", err)
		}
	}
	if _, _, err := w.Begin(t.Context(), "none", "/ui/", 0); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("no such provider: %v", err)
	}
}

func TestTheWordsOfAProviderAreNotShown(t *testing.T) {
	w, m := withProvider(t, nil)
	cookie, callback := w.at(t, m, good())
	callback.Set("error", "access_denied")
	callback.Set("error_description", "<script>x</script>")
	_, _, err := w.Finish(t.Context(), "mock", cookie, callback, "")
	e, ok := errors.AsType[*directory.Error](err)
	if !ok || e.Kind != directory.KindForbidden || strings.Contains(e.Public(), "script") ||
		strings.Contains(e.Public(), "denied") {
		t.Errorf("%v", err)
	}
}

// Commit implements signin.Directory.
func (w *world) Commit(ctx context.Context, edits ...directory.Edit) (directory.Committed, error) {
	return view.New(w.core).As(directory.System(signin.Dialect)).Commit(ctx, directory.Change{Edits: edits})
}

// Powers implements signin.Directory.
func (w *world) Powers(ctx context.Context, user directory.UserID) (directory.Permissions, error) {
	return view.New(w.core).As(directory.System(signin.Dialect)).PowersOf(ctx, user)
}

// GroupPowers implements signin.Directory.
func (w *world) GroupPowers(ctx context.Context, group directory.GroupID) (directory.Permissions, error) {
	return view.New(w.core).As(directory.System(signin.Dialect)).GroupPowers(ctx, group)
}

// Provisioned implements signin.Directory.
func (w *world) Provisioned(_ context.Context, source string) (bool, error) {
	return source == w.provisioned, nil
}

// public returns the public text of an error.
func public(err error) string {
	if e, ok := errors.AsType[*directory.Error](err); ok {
		return e.Public()
	}
	return ""
}
