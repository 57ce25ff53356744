package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

const (
	maxLogoutToken = 16 << 10        // bytes
	logoutAge      = 5 * time.Minute // age of a logout message
)

// hint returns the sealed ID token for the session of a person who can sign out at the
// provider, too.
func (s *Service) hint(p *provider, found *discovered, raw string) []byte {
	if !p.Logout || found.endSession == "" || s.config.Seal == nil {
		return nil
	}
	sealed, err := s.config.Seal([]byte(raw))
	if err != nil {
		s.config.Log.Error("an ID token could not be sealed", "error", err.Error())
		return nil
	}
	return sealed
}

// SignOutEverywhere ends the session of a cookie, and returns the address where the person
// signs out at the provider, too; empty if there is none. The session ends whatever the
// provider does.
func (s *Service) SignOutEverywhere(ctx context.Context, cookie string) (to string, err error) {
	hash, ok := hashOf(cookie)
	if !ok {
		return "", nil
	}
	row, ok, err := s.rows().SignIn(ctx, hash)
	if err != nil || !ok {
		return "", err
	}
	if _, err := s.rows().DeleteSignIn(ctx, hash); err != nil {
		return "", err
	}
	p, err := s.provider(row.Method)
	if err != nil || !p.Logout {
		return "", nil //nolint:nilerr // a session that no provider has begun
	}
	found, err := p.discover(s.client)
	if err != nil {
		return "", nil //nolint:nilerr // it has ended here
	}
	return s.endSessionURL(p, found, row.Token), nil
}

// SignsOut reports whether people who signed in by a method can sign out at its provider, too,
// and returns the provider's title.
func (s *Service) SignsOut(method string) (title string, ok bool) {
	p, err := s.provider(method)
	if err != nil || !p.Logout {
		return "", false
	}
	return p.Title, true
}

func (s *Service) endSessionURL(p *provider, found *discovered, sealed []byte) string {
	u, err := url.Parse(found.endSession)
	if err != nil || u.Host == "" || u.Scheme != "https" && !onLoopback(u.Hostname()) {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", p.SignedOut)
	if len(sealed) > 0 {
		if hint, err := s.config.Unseal(sealed); err == nil {
			q.Set("id_token_hint", string(hint))
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func onLoopback(host string) bool {
	return host == "127.0.0.1" || host == "::1" || host == "localhost"
}

// errLogout is the answer to every logout message that is not valid, whatever the reason.
func errLogout(why string) error {
	return &directory.Error{Kind: directory.KindMalformed, Field: "logout_token", Msg: "is not accepted",
		Err: errors.New(why)}
}

// EndFromProvider ends the sessions that a logout message of a provider names: those of the
// provider's session, else all of the subject. API tokens stay valid.
func (s *Service) EndFromProvider(ctx context.Context, name, token string) error {
	p, err := s.provider(name)
	if err != nil {
		return err
	}
	if token == "" || len(token) > maxLogoutToken {
		return errLogout("missing or too long")
	}
	found, err := p.discover(s.client)
	if err != nil {
		return err
	}
	if kind := typeOf(token); kind != "" && !strings.EqualFold(strings.TrimPrefix(kind, "application/"), "logout+jwt") {
		return errLogout("its typ is " + shorten(kind))
	}
	t, err := s.verifier(p, found).VerifyLogout(ctx, token)
	if err != nil {
		return errLogout(err.Error())
	}
	if !isPlain(t.Subject) || !isPlain(t.SessionID) {
		return errLogout("it names what no session has")
	}
	if age := s.config.Now().Sub(t.IssuedAt); age > logoutAge || age < -clockSkew {
		return errLogout("it was issued at " + t.IssuedAt.UTC().Format(time.RFC3339))
	}
	n, fresh, err := s.rows().EndSignIns(ctx, store.Logout{
		ID: sha256.Sum256([]byte(p.Name + "\x00" + t.TokenID)), Method: p.Name, Subject: t.Subject, Session: t.SessionID,
		ExpiresAt: directory.InstantOf(t.IssuedAt.Add(logoutAge + clockSkew)),
	})
	switch {
	case err != nil:
		return err
	case !fresh:
		return errLogout("it was used before")
	}
	s.config.Log.Info("sessions ended by their provider", "provider", p.Name, "sessions", n)
	return nil
}

// typeOf returns the type in the header of a token; empty if there is none.
func typeOf(token string) string {
	head, _, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		Type string `json:"typ"`
	}
	if err != nil || json.Unmarshal(b, &h) != nil {
		return ""
	}
	return h.Type
}
