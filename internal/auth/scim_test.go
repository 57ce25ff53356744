package auth_test

import (
	"net/netip"
	"strings"
	"testing"

	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/seal"
	"cohort/internal/store"
)

// provider puts an identity provider into a world, with the credential 99.
func (w *world) provider() {
	w.append(store.Commit{
		Writes: []directory.RowWrite{
			{After: directory.User{ID: 9, Kind: directory.KindService, FirstName: "okta"}},
			{After: directory.Credential{ID: 99, User: 9, Kind: directory.CredentialSCIM, Identifier: "okta-id"}},
		},
		Secrets: []store.Secret{{Credential: 99, Hash: seal.HashSecret("okta-secret")}},
	})
}

// TestASCIMTokenIsGoodWhileItsCredentialIs: it is found by id and secret, ends
// with its credential, and is good for nothing but the SCIM API.
func TestASCIMTokenIsGoodWhileItsCredentialIs(t *testing.T) {
	w := newWorld(t)
	w.provider()
	for range 2 { // the second time from memory
		caller, err := w.AuthenticateSCIM(t.Context(), "okta-id", "okta-secret", netip.Addr{})
		if err != nil || caller.User != 9 || caller.Credential != 99 {
			t.Errorf("%+v, %v", caller, err)
		}
	}
	token := auth.SCIMToken("okta-id", "okta-secret")
	if id, secret, ok := auth.ParseSCIMToken(token); !ok || id != "okta-id" || secret != "okta-secret" {
		t.Errorf("the token is read as %q, %q, %v", id, secret, ok)
	}
	if _, err := w.Authenticate(t.Context(), token); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("as a token of other doors: %v", err)
	}
	if _, err := w.Login(t.Context(), "okta-id", "okta-secret",
		netip.Addr{}); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("as a login: %v", err)
	}
	if _, err := w.AuthenticateSCIM(t.Context(), "client-ada", "secret-ada",
		netip.Addr{}); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("an API credential: %v", err)
	}
	for _, secret := range []string{"", "okta-secretx", strings.ToUpper("okta-secret")} {
		if _, err := w.AuthenticateSCIM(t.Context(), "okta-id", secret,
			netip.Addr{}); directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("another secret: %v", err)
		}
	}
	change(w, directory.Credential{ID: 99}.Key(), func(c *directory.Credential) { c.Disabled = true })
	if _, err := w.AuthenticateSCIM(t.Context(), "okta-id", "okta-secret",
		netip.Addr{}); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("a credential that was disabled: %v", err)
	}
}

// TestAPairOfAProviderIsExchangedForATokenOfItsOwnDoor: it expires, ends with the
// credential, and is good for nothing but the SCIM API, as a whole or in part.
func TestAPairOfAProviderIsExchangedForATokenOfItsOwnDoor(t *testing.T) {
	w := newWorld(t)
	w.provider()
	if _, err := w.Exchange(t.Context(), "okta-id", "wrong",
		netip.Addr{}); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("a wrong secret: %v", err)
	}
	made, err := w.Exchange(t.Context(), "okta-id", "okta-secret", netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	id, secret, ok := auth.ParseSCIMToken(made.Text)
	if !ok || id != "okta-id" {
		t.Fatalf("the token is read as %q, %q, %v", id, secret, ok)
	}
	good := func(id, secret string) bool {
		caller, err := w.AuthenticateSCIM(t.Context(), id, secret, netip.Addr{})
		if err != nil && directory.KindOf(err) != directory.KindUnauthenticated {
			t.Fatal(err)
		}
		return err == nil && caller.User == 9 && caller.Credential == 99
	}
	for range 2 { // the second time from memory
		if !good(id, secret) {
			t.Error("the token is not good")
		}
	}
	if good("okta-i", secret) || good(id, secret[:len(secret)-1]) || good("", secret) {
		t.Error("a part of the token is good")
	}
	for _, text := range []string{made.Text, secret} {
		if _, err := w.Authenticate(t.Context(), text); directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("%s at other doors: %v", text, err)
		}
	}
	if _, err := w.Exchange(t.Context(), "okta-id", secret,
		netip.Addr{}); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("a token as a secret: %v", err)
	}
	again, err := w.Exchange(t.Context(), "okta-id", "okta-secret", netip.Addr{})
	if err != nil || again.Text == made.Text {
		t.Fatalf("%v, %v", again, err)
	}
	w.now = w.now.Add(auth.DefaultConfig().TokenLife)
	if good(id, secret) {
		t.Error("the token is good after its end")
	}
	last, err := w.Exchange(t.Context(), "okta-id", "okta-secret", netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	id, secret, _ = auth.ParseSCIMToken(last.Text)
	change(w, directory.Credential{ID: 99}.Key(), func(c *directory.Credential) { c.Disabled = true })
	if good(id, secret) {
		t.Error("the token is good after its credential")
	}
}

// TestWrongSCIMTokensAreCountedByAddress: too many are slowed down, and a good
// one from the same address passes all the same.
func TestWrongSCIMTokensAreCountedByAddress(t *testing.T) {
	w := newWorld(t)
	w.provider()
	from := netip.MustParseAddr("192.0.2.7")
	var last error
	for range auth.DefaultConfig().AddressFailures + 1 {
		_, last = w.AuthenticateSCIM(t.Context(), "okta-id", "wrong", from)
	}
	if directory.KindOf(last) != directory.KindTooMany {
		t.Errorf("after many: %v", last)
	}
	if _, err := w.AuthenticateSCIM(t.Context(), "okta-id", "okta-secret", from); err != nil {
		t.Errorf("the right one: %v", err)
	}
}
