package signin

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"cohort/internal/directory"
	"cohort/internal/store"
)

const (
	pendingLife = 10 * time.Minute
	maxPending  = 10_000
)

// A pending sign-in is what its callback must match.
type pending struct {
	Provider string           `json:"provider"`
	State    string           `json:"state"`
	Nonce    string           `json:"nonce"`
	Verifier string           `json:"verifier"`
	Back     string           `json:"back"`
	Again    directory.UserID `json:"again,omitempty"`   // who proves itself again, else 0
	MaxAge   int64            `json:"max_age,omitempty"` // seconds since the person proved itself; 0 is any
}

// Begin begins a sign-in at a provider. It returns where to send the browser, and the secret
// for the cookie that binds the callback to this browser. Again is the user who is already
// signed in and signs in again; then only that user can finish.
func (s *Service) Begin(ctx context.Context, name, back string, again directory.UserID) (to, cookie string, err error) {
	p, err := s.provider(name)
	if err != nil {
		return "", "", err
	}
	found, err := p.discover(s.client)
	if err != nil {
		return "", "", err
	}
	want := pending{
		Provider: name, State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), Back: back,
		Again: again, MaxAge: int64(p.maxAge(again != 0) / time.Second),
	}
	data, err := json.Marshal(want)
	if err != nil {
		return "", "", err
	}
	cookie = newSecret()
	hash, _ := hashOf(cookie)
	row := store.PendingSignIn{Hash: hash, Data: data, CreatedAt: s.now(), ExpiresAt: s.after(pendingLife)}
	if err := s.rows().PutPendingSignIn(ctx, row, maxPending); err != nil {
		return "", "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(want.Nonce), oauth2.S256ChallengeOption(want.Verifier)}
	if want.MaxAge > 0 {
		options = append(options, oauth2.SetAuthURLParam("max_age", strconv.FormatInt(want.MaxAge, 10)))
	}
	if again != 0 {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	return found.oauth.AuthCodeURL(want.State, options...), cookie, nil
}

// maxAge returns how long ago a person may have authenticated at the provider.
func (p *provider) maxAge(again bool) time.Duration {
	if !again || p.StepUp == "always" || p.MaxAge > 0 && p.MaxAge < FreshFor {
		return p.MaxAge
	}
	return FreshFor
}

// errRefused is the answer to everybody who has no account here, whatever the reason. It must
// not distinguish an unknown person from a disabled one.
func errRefused(why error) error {
	return &directory.Error{
		Kind: directory.KindForbidden,
		Msg:  "there is no account here for you; ask an administrator to make one, or to link yours", Err: why,
	}
}

// errCallback is the answer to callbacks that do not match a sign-in of this browser.
func errCallback(why string) error {
	return &directory.Error{
		Kind: directory.KindUnauthenticated,
		Msg:  "the sign-in was not finished: it was too old, was used before, or began in another browser or tab; try again",
		Err:  errors.New(why),
	}
}

// Finish finishes a sign-in with the parameters of the callback, and begins a session.
func (s *Service) Finish(ctx context.Context, name, cookie string, query url.Values,
	agent string) (session, back string, err error) {
	want, err := s.takePending(ctx, cookie)
	if err != nil {
		return "", "", err
	}
	p, err := s.provider(name)
	if err != nil {
		return "", "", err
	}
	found, err := p.discover(s.client)
	if err != nil {
		return "", "", err
	}
	if err := want.fits(p, found, query); err != nil {
		return "", "", err
	}
	who, raw, err := s.exchange(ctx, p, found, query.Get("code"), &want)
	if err != nil {
		return "", "", err
	}
	user, err := s.match(ctx, p, who)
	if err != nil {
		return "", "", err
	}
	if want.Again != 0 && want.Again != user {
		return "", "", errCallback("another person came back")
	}
	row := store.SignIn{
		User: user, Method: p.Name, Subject: who.Subject, Session: who.Session, Agent: agent, ProvedAt: s.provedAt(p, who),
		Token: s.hint(p, found, raw),
	}
	if err := s.setGroups(ctx, p, user, who, s.after(s.config.SessionLife)); err != nil {
		return "", "", err
	}
	session, err = s.open(ctx, row, s.config.SessionLife)
	if err == nil {
		s.config.Log.Info("signed in", "user", int64(user), "provider", p.Name)
	}
	return session, want.Back, err
}

// fits reports whether a callback answers a sign-in.
func (want *pending) fits(p *provider, found *discovered, query url.Values) error {
	switch {
	case want.Provider != p.Name:
		return errCallback("another provider answers")
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(want.State)) != 1:
		return errCallback("the state is another")
	case (found.saysIs || query.Has("iss")) && query.Get("iss") != p.Issuer:
		return errCallback("the issuer is another")
	case query.Has("error"):
		return &directory.Error{
			Kind: directory.KindForbidden, Msg: p.Title + " did not sign you in; try again, or ask whoever runs it",
			Err: errors.New("the provider says: " + shorten(query.Get("error"))),
		}
	}
	return nil
}

func (s *Service) takePending(ctx context.Context, cookie string) (want pending, err error) {
	hash, ok := hashOf(cookie)
	if !ok {
		return want, errCallback("no cookie")
	}
	row, ok, err := s.rows().TakePendingSignIn(ctx, hash)
	switch {
	case err != nil:
		return want, err
	case !ok || row.ExpiresAt <= s.now():
		return want, errCallback("no such sign-in")
	}
	err = json.Unmarshal(row.Data, &want)
	return want, err
}

// claims are what a provider says about a person.
type claims struct {
	Subject       string `json:"sub"`
	Session       string `json:"sid"`
	Email         string `json:"email"`
	EmailVerified any    `json:"email_verified"` // true or "true" is true, all else is not
	Authorized    string `json:"azp"`
	AuthTime      any    `json:"auth_time"` // seconds; anything but a number is not said
	all           map[string]any
}

func (c *claims) verified(p *provider) bool {
	switch p.EmailVerified {
	case "always":
		return true
	case "never":
		return false
	}
	return c.EmailVerified == true || c.EmailVerified == "true"
}

// text returns a claim if it is a text, else empty.
func (c *claims) text(name string) string {
	text, _ := c.all[name].(string)
	return text
}

// authTime returns when the person authenticated at the provider, if it says so.
func (c *claims) authTime() (time.Time, bool) {
	seconds, ok := c.AuthTime.(float64)
	return time.Unix(int64(seconds), 0), ok && seconds > 0
}

// provedAt returns when the person last authenticated, or 0.
func (s *Service) provedAt(p *provider, who *claims) directory.Instant {
	at, said := who.authTime()
	switch {
	case p.StepUp == "always":
		return s.now()
	case said:
		return min(directory.InstantOf(at), s.now())
	}
	return 0
}

// exchange exchanges the code for the claims about the person.
func (s *Service) exchange(ctx context.Context, p *provider, found *discovered, code string,
	want *pending) (*claims, string, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, s.client), 2*providerWait)
	defer cancel()
	token, err := found.oauth.Exchange(ctx, code, oauth2.VerifierOption(want.Verifier))
	if err != nil {
		return nil, "", errCallback("exchange: " + err.Error())
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || len(raw) > maxIDToken {
		return nil, "", errCallback("no ID token, or one that is too long")
	}
	id, err := s.verifier(p, found).Verify(ctx, raw)
	if err != nil {
		return nil, "", errCallback("ID token: " + err.Error())
	}
	who := &claims{}
	if err := errors.Join(id.Claims(who), id.Claims(&who.all)); err != nil {
		return nil, "", errCallback("claims: " + err.Error())
	}
	if err := s.check(p, id, who, want); err != nil {
		return nil, "", err
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, "", errCallback("access token: " + err.Error())
		}
	}
	return who, raw, s.complete(ctx, p, found, token, who)
}

// check checks what the library does not.
func (s *Service) check(p *provider, id *oidc.IDToken, who *claims, want *pending) error {
	now := s.config.Now()
	proved, said := who.authTime()
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(want.Nonce)) != 1:
		return errCallback("the nonce is another")
	case (len(id.Audience) > 1 || who.Authorized != "") && who.Authorized != p.ClientID:
		return errCallback("it is for another client")
	case who.Subject == "" || !isPlain(who.Subject) || !isPlain(who.Session):
		return errCallback("no subject, or one that cannot be kept")
	case id.IssuedAt.After(now.Add(clockSkew)):
		return errCallback("it is from the future")
	case id.IssuedAt.Before(now.Add(-pendingLife - clockSkew)):
		return errCallback("it is older than the sign-in")
	case want.MaxAge > 0 && !said:
		return errCallback("the provider does not say when the person proved itself")
	case want.MaxAge > 0 && proved.Before(now.Add(-time.Duration(want.MaxAge)*time.Second-clockSkew)):
		return errCallback("the person proved itself too long ago")
	}
	return nil
}

// isPlain reports whether a text of a provider can be stored.
func isPlain(s string) bool {
	return len(s) <= directory.MaxSourceIDLen && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

// complete requests claims that are not in the ID token.
func (s *Service) complete(ctx context.Context, p *provider, found *discovered, token *oauth2.Token,
	who *claims) error {
	missing := who.Email == ""
	for _, name := range []string{p.SourceClaim, p.GroupsClaim} {
		_, there := who.all[name]
		missing = missing || name != "" && !there
	}
	if !missing || found.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return errCallback("userinfo: " + err.Error())
	}
	if info.Subject != who.Subject {
		return errCallback("userinfo is about another person")
	}
	var more claims
	if err := errors.Join(info.Claims(&more), info.Claims(&more.all)); err != nil {
		return errCallback("userinfo: " + err.Error())
	}
	if who.Email == "" {
		who.Email, who.EmailVerified = more.Email, more.EmailVerified
	}
	for name, value := range more.all {
		if _, there := who.all[name]; !there {
			who.all[name] = value
		}
	}
	return nil
}
