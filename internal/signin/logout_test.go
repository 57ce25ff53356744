package signin_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"cohort/internal/directory"
	"cohort/internal/signin"
)

// withLogout returns a world whose provider supports signing out.
func withLogout(t *testing.T) (*world, *mockoidc.MockOIDC) {
	t.Helper()
	m := run(t, altered("/openid-configuration", func(_ *mockoidc.MockOIDC, reply map[string]any) {
		reply["end_session_endpoint"] = "https://idp.example/bye?tenant=1"
	}))
	return worldOf(t, m, func(p *signin.Provider) { p.Logout, p.SignedOut = true, "https://cohort.example/ui/sign-in" }), m
}

// session signs a person in and returns the cookie.
func (w *world) session(t *testing.T, m *mockoidc.MockOIDC, who person) string {
	t.Helper()
	pending, callback := w.at(t, m, who)
	cookie, _, err := w.Finish(t.Context(), "mock", pending, callback, "")
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

func TestSigningOutGoesOnAtTheProvider(t *testing.T) {
	w, m := withLogout(t)
	if title, ok := w.SignsOut("mock"); !ok || title != "Mock" {
		t.Errorf("SignsOut: %q, %v", title, ok)
	}
	cookie := w.session(t, m, good())
	to, err := w.SignOutEverywhere(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	signedIn(t, w, cookie, false)
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Host != "idp.example" || q.Get("tenant") != "1" || q.Get("client_id") != m.ClientID ||
		q.Get("post_logout_redirect_uri") != "https://cohort.example/ui/sign-in" {
		t.Errorf("it leads to %s", to)
	}
	if token, err := m.Keypair.VerifyJWT(q.Get("id_token_hint"), time.Now); err != nil || !token.Valid {
		t.Errorf("the hint is no ID token: %v", err)
	}
	if again, err := w.SignOutEverywhere(t.Context(), cookie); again != "" || err != nil {
		t.Errorf("a second time: %q, %v", again, err)
	}
	// A session that began with a link ends only here.
	if to, err := w.SignOutEverywhere(t.Context(), w.signIn(t)); to != "" || err != nil {
		t.Errorf("a link's: %q, %v", to, err)
	}
}

// TestSigningOutLeadsToNoOtherScheme has a provider whose logout address is a script.
func TestSigningOutLeadsToNoOtherScheme(t *testing.T) {
	for _, bad := range []string{"javascript:alert(1)//x", "http://idp.example/bye", "//idp.example", "",
		"data:text/html,x"} {
		m := run(t, altered("/openid-configuration",
			func(_ *mockoidc.MockOIDC, reply map[string]any) { reply["end_session_endpoint"] = bad }))
		w := worldOf(t, m, func(p *signin.Provider) { p.Logout = true })
		cookie := w.session(t, m, good())
		if to, err := w.SignOutEverywhere(t.Context(), cookie); to != "" || err != nil {
			t.Errorf("%q leads to %q, %v", bad, to, err)
		}
		signedIn(t, w, cookie, false)
	}
}

// logoutToken returns a valid logout message of a provider, after a change.
func logoutToken(t *testing.T, m *mockoidc.MockOIDC, spoil func(head map[string]any, c jwt.MapClaims)) string {
	t.Helper()
	now := time.Now()
	c := jwt.MapClaims{
		"iss": m.Issuer(), "aud": m.ClientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": "m1",
		"sub": "1", "sid": "s1",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	kid, err := m.Keypair.KeyID()
	if err != nil {
		t.Fatal(err)
	}
	token.Header["kid"], token.Header["typ"] = kid, "logout+jwt"
	if spoil != nil {
		spoil(token.Header, c)
	}
	raw, err := token.SignedString(m.Keypair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAMessageOfTheProviderEndsSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(map[string]any, jwt.MapClaims)
		ends  bool
	}{
		"of the session":                 {nil, true},
		"of all sessions of the subject": {func(_ map[string]any, c jwt.MapClaims) { delete(c, "sid") }, true},
		"of the session alone":           {func(_ map[string]any, c jwt.MapClaims) { delete(c, "sub") }, true},
		"without a typ":                  {func(h map[string]any, _ jwt.MapClaims) { delete(h, "typ") }, true},
		"with the whole media type": {func(h map[string]any, _ jwt.MapClaims) { h["typ"] = "application/logout+jwt" },
			true},
		"an ID token's typ":  {func(h map[string]any, _ jwt.MapClaims) { h["typ"] = "at+jwt" }, false},
		"with a nonce":       {func(_ map[string]any, c jwt.MapClaims) { c["nonce"] = "x" }, false},
		"for another client": {func(_ map[string]any, c jwt.MapClaims) { c["aud"] = "other" }, false},
		"of another issuer": {func(_ map[string]any, c jwt.MapClaims) { c["iss"] = "https://evil.example" },
			false},
		"without the event": {func(_ map[string]any, c jwt.MapClaims) { delete(c, "events") }, false},
		"of another event": {func(_ map[string]any,
			c jwt.MapClaims) {
			c["events"] = map[string]any{"x": map[string]any{}}
		}, false},
		"without an id": {func(_ map[string]any, c jwt.MapClaims) { delete(c, "jti") }, false},
		"about nobody": {func(_ map[string]any, c jwt.MapClaims) { delete(c, "sub"); delete(c, "sid") },
			false},
		"expired": {func(_ map[string]any,
			c jwt.MapClaims) {
			c["exp"] = time.Now().Add(-time.Minute).Unix()
		}, false},
		"without an end": {func(_ map[string]any, c jwt.MapClaims) { delete(c, "exp") }, false},
		"issued long ago": {func(_ map[string]any,
			c jwt.MapClaims) {
			c["iat"] = time.Now().Add(-time.Hour).Unix()
		}, false},
		"issued in the future": {func(_ map[string]any,
			c jwt.MapClaims) {
			c["iat"] = time.Now().Add(time.Hour).Unix()
		}, false},
		"of another session":          {func(_ map[string]any, c jwt.MapClaims) { c["sid"] = "s2" }, false},
		"of another person's session": {func(_ map[string]any, c jwt.MapClaims) { c["sub"] = "2" }, false},
		"about a text with a NUL":     {func(_ map[string]any, c jwt.MapClaims) { c["sid"] = "s1\x00" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := withProvider(t, nil)
			who := good()
			who.claims["sid"] = "s1"
			cookie := w.session(t, m, who)
			byLink := w.signIn(t)
			err := w.EndFromProvider(t.Context(), "mock", logoutToken(t, m, c.spoil))
			if err != nil && directory.KindOf(err) != directory.KindMalformed {
				t.Errorf("%v, want malformed", err)
			}
			signedIn(t, w, cookie, !c.ends)
			signedIn(t, w, byLink, true)
		})
	}
}

func TestAMessageOfTheProviderIsGoodOnce(t *testing.T) {
	w, m := withProvider(t, nil)
	cookie := w.session(t, m, good())
	raw := logoutToken(t, m, func(_ map[string]any, c jwt.MapClaims) { delete(c, "sid") })
	if err := w.EndFromProvider(t.Context(), "mock", raw); err != nil {
		t.Fatal(err)
	}
	signedIn(t, w, cookie, false)
	cookie = w.session(t, m, good())
	if err := w.EndFromProvider(t.Context(), "mock", raw); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("a second time: %v, want malformed", err)
	}
	signedIn(t, w, cookie, true)
	w.pass(20 * time.Minute) // the record is deleted, and the message is too old
	if _, err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.EndFromProvider(t.Context(), "mock", raw); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("later: %v, want malformed", err)
	}
	if err := w.EndFromProvider(t.Context(), "none", raw); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("at a provider that is not there: %v", err)
	}
}

// TestAnIDTokenIsNoMessage sends an ID token as a logout message.
func TestAnIDTokenIsNoMessage(t *testing.T) {
	w, m := withLogout(t)
	cookie := w.session(t, m, good())
	to, err := w.SignOutEverywhere(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	other := w.session(t, m, good())
	if err := w.EndFromProvider(t.Context(), "mock",
		u.Query().Get("id_token_hint")); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("%v, want malformed", err)
	}
	signedIn(t, w, other, true)
}
