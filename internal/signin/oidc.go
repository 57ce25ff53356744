package signin

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A Provider is an identity provider that people sign in at.
type Provider struct {
	Name         string // in addresses and records
	Title        string // on the page
	Issuer       string // exactly as the provider says it
	ClientID     string
	ClientSecret string
	Scopes       []string // beside openid, email and profile
	// EmailVerified says whether e-mails are: "claim", as email_verified says;
	// "always", or "never".
	EmailVerified string
	Domains       []string // of e-mails that may be matched; none is all
	// Source and SourceClaim name the source reference of users that equals a
	// claim. Empty matches none.
	Source, SourceClaim string
	RedirectURL         string
}

const (
	pendingLife  = 10 * time.Minute
	maxPending   = 10_000
	providerWait = 10 * time.Second
	maxReply     = 1 << 20 // bytes of a reply of a provider
	clockSkew    = 2 * time.Minute
)

// algorithms are those that signatures may have: no symmetric ones, whatever a
// provider says.
func algorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA} }

// A provider is a Provider, and what it says of itself once it was asked.
type provider struct {
	Provider
	mu     sync.Mutex
	found  *oidc.Provider
	saysIs bool // whether callbacks name the issuer
}

// discover asks the provider where it is, once. One that is down is asked again
// by the next who signs in.
func (p *provider) discover(client *http.Client) (*oidc.Provider, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, p.saysIs, nil
	}
	// The context stays for later fetches of keys: it is no request's.
	found, err := oidc.NewProvider(oidc.ClientContext(context.Background(), client), p.Issuer)
	if err != nil {
		return nil, false, directory.Unavailable(30*time.Second, p.Title+" cannot be reached; try again later", err)
	}
	var more struct {
		Is bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, false, err
	}
	p.found, p.saysIs = found, more.Is
	return found, more.Is, nil
}

// newClient is for talking to providers: it waits and reads only so much, and
// is led to no other host.
func newClient() *http.Client {
	return &http.Client{
		Timeout:   providerWait,
		Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 || r.URL.Host != via[0].URL.Host {
				return errors.New("the provider leads elsewhere")
			}
			return nil
		},
	}
}

// bounded cuts replies.
type bounded struct{ next http.RoundTripper }

// RoundTrip is http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxReply), res.Body}
	}
	return res, err
}

func (p *provider) oauth(found *oidc.Provider) *oauth2.Config {
	endpoint := found.Endpoint()
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: endpoint, RedirectURL: p.RedirectURL,
		Scopes: append([]string{oidc.ScopeOpenID, "email", "profile"}, p.Scopes...),
	}
}

// A pending sign-in is what its callback must fit.
type pending struct {
	Provider string `json:"provider"`
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Back     string `json:"back"`
}

// Providers lists those that people can sign in at, by name and title.
func (s *Service) Providers() [][2]string {
	var list [][2]string
	for _, p := range s.providers {
		list = append(list, [2]string{p.Name, p.Title})
	}
	return list
}

func (s *Service) provider(name string) (*provider, error) {
	i := slices.IndexFunc(s.providers, func(p *provider) bool { return p.Name == name })
	if i < 0 {
		return nil, directory.NotFound("provider", name)
	}
	return s.providers[i], nil
}

// Begin begins a sign-in at a provider: it returns where to send the browser,
// and the secret for the cookie that binds the callback to this browser.
func (s *Service) Begin(ctx context.Context, name, back string) (to, cookie string, err error) {
	p, err := s.provider(name)
	if err != nil {
		return "", "", err
	}
	found, _, err := p.discover(s.client)
	if err != nil {
		return "", "", err
	}
	want := pending{Provider: name, State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), Back: back}
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
	return p.oauth(found).AuthCodeURL(want.State, oidc.Nonce(want.Nonce), oauth2.S256ChallengeOption(want.Verifier)), cookie, nil
}

// errRefused is for everybody who has no account here, whatever the reason: it
// must not tell an unknown person from a disabled one.
func errRefused(why error) error {
	return &directory.Error{
		Kind: directory.KindForbidden, Msg: "there is no account here for you; ask an administrator to make one, or to link yours", Err: why,
	}
}

// errCallback is for callbacks that do not fit a sign-in that this browser has
// begun.
func errCallback(why string) error {
	return &directory.Error{
		Kind: directory.KindUnauthenticated, Msg: "the sign-in was not finished: it was too old, was used before, or began in another browser; try again",
		Err: errors.New(why),
	}
}

// Finish ends a sign-in with what the provider says in the callback, and begins
// a session.
func (s *Service) Finish(ctx context.Context, name, cookie string, query url.Values, agent string) (session, back string, err error) {
	want, err := s.takePending(ctx, cookie)
	if err != nil {
		return "", "", err
	}
	p, err := s.provider(name)
	if err != nil {
		return "", "", err
	}
	found, saysIs, err := p.discover(s.client)
	if err != nil {
		return "", "", err
	}
	switch {
	case want.Provider != name:
		return "", "", errCallback("another provider answers")
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(want.State)) != 1:
		return "", "", errCallback("the state is another")
	case (saysIs || query.Has("iss")) && query.Get("iss") != p.Issuer:
		return "", "", errCallback("the issuer is another")
	case query.Has("error"):
		return "", "", &directory.Error{
			Kind: directory.KindForbidden, Msg: p.Title + " did not sign you in; try again, or ask whoever runs it", Err: errors.New("provider: " + query.Get("error")),
		}
	}
	who, err := s.exchange(ctx, p, found, query.Get("code"), want)
	if err != nil {
		return "", "", err
	}
	user, err := s.match(ctx, p, who)
	if err != nil {
		return "", "", err
	}
	s.config.Log.Info("signed in", "user", int64(user), "provider", p.Name)
	row := store.SignIn{User: user, Method: p.Name, Subject: who.Subject, Session: who.Session, Agent: agent, ProvedAt: s.now()}
	session, err = s.open(ctx, row, s.config.SessionLife)
	return session, want.Back, err
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

// claims are what a provider says of a person.
type claims struct {
	Subject       string `json:"sub"`
	Session       string `json:"sid"`
	Email         string `json:"email"`
	EmailVerified any    `json:"email_verified"` // true or "true" is true, all else is not
	Authorized    string `json:"azp"`
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

// exchange turns the code into what the provider says of the person.
func (s *Service) exchange(ctx context.Context, p *provider, found *oidc.Provider, code string, want pending) (*claims, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, s.client), 2*providerWait)
	defer cancel()
	token, err := p.oauth(found).Exchange(ctx, code, oauth2.VerifierOption(want.Verifier))
	if err != nil {
		return nil, errCallback("exchange: " + err.Error())
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errCallback("no ID token")
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), Now: s.config.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, errCallback("ID token: " + err.Error())
	}
	who := &claims{}
	if err := errors.Join(id.Claims(who), id.Claims(&who.all)); err != nil {
		return nil, errCallback("claims: " + err.Error())
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(want.Nonce)) != 1:
		return nil, errCallback("the nonce is another")
	case len(id.Audience) > 1 && who.Authorized != p.ClientID:
		return nil, errCallback("it is for another client")
	case who.Subject == "":
		return nil, errCallback("no subject")
	case id.IssuedAt.After(s.config.Now().Add(clockSkew)):
		return nil, errCallback("it is from the future")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, errCallback("access token: " + err.Error())
		}
	}
	return who, s.complete(ctx, p, found, token, who)
}

// complete asks for claims that are not in the ID token.
func (s *Service) complete(ctx context.Context, p *provider, found *oidc.Provider, token *oauth2.Token, who *claims) error {
	_, hasClaim := who.all[p.SourceClaim]
	if who.Email != "" && (p.SourceClaim == "" || hasClaim) || found.UserInfoEndpoint() == "" {
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
	if v, ok := more.all[p.SourceClaim]; ok && !hasClaim {
		who.all[p.SourceClaim] = v
	}
	return nil
}

// match finds the user that a person is, and links it at the first time.
func (s *Service) match(ctx context.Context, p *provider, who *claims) (directory.UserID, error) {
	identity := p.Name + "/" + who.Subject
	user, err := s.find(ctx, directory.CredentialKey(directory.CredentialSSO, identity))
	if err != nil {
		return 0, err
	}
	if user != 0 {
		return user, s.mayEnter(ctx, user)
	}
	if value, ok := who.all[p.SourceClaim].(string); ok && p.Source != "" && value != "" {
		if user, err = s.find(ctx, directory.SourceKey(directory.ObjectUser, p.Source, value)); err != nil {
			return 0, err
		}
	}
	if user == 0 && who.Email != "" && who.verified(p) && p.takes(who.Email) {
		if user, err = s.byEmail(ctx, p, who.Email); err != nil {
			return 0, err
		}
	}
	if user == 0 {
		return 0, errRefused(errors.New("nobody matches"))
	}
	if err := s.mayEnter(ctx, user); err != nil {
		return 0, err
	}
	if err := s.config.Link(ctx, user, identity); err != nil {
		return 0, fmt.Errorf("link an identity: %w", err)
	}
	return user, nil
}

// takes reports whether the domain of an e-mail is one that may be matched.
func (p *provider) takes(email string) bool {
	if len(p.Domains) == 0 {
		return true
	}
	_, domain := email, email[strings.LastIndexByte(email, '@')+1:]
	return slices.ContainsFunc(p.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// byEmail is the user with a login e-mail, once: a user that is linked to this
// provider already is another person's, and one that holds a permission is
// never matched, as its e-mail is what attackers aim at.
func (s *Service) byEmail(ctx context.Context, p *provider, email string) (directory.UserID, error) {
	user, err := s.find(ctx, directory.CredentialKey(directory.CredentialEmail, directory.Fold(email)))
	if err != nil || user == 0 {
		return 0, err
	}
	linked := false
	err = s.store.Read(ctx, func(r store.Reader) error {
		rows, _, err := r.UserRows(ctx, user)
		linked = slices.ContainsFunc(rows.Credentials, func(c directory.Credential) bool {
			return c.Kind == directory.CredentialSSO && strings.HasPrefix(c.Identifier, p.Name+"/")
		})
		return err
	})
	if err != nil || linked {
		return 0, err
	}
	powers, err := s.config.Powers(ctx, user)
	if err != nil || powers != 0 {
		return 0, err
	}
	return user, nil
}

// find is the user that a key leads to, or 0.
func (s *Service) find(ctx context.Context, key directory.IndexKey) (user directory.UserID, err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		keys, err := r.Find(ctx, key, 2)
		if err != nil || len(keys) != 1 {
			return err
		}
		row, _, err := r.Row(ctx, keys[0])
		switch row := row.(type) {
		case directory.Credential:
			if !row.Disabled {
				user = row.User
			}
		case directory.SourceReference:
			user = directory.UserID(row.Object.ID)
		}
		return err
	})
	return user, err
}

// mayEnter refuses everybody but people who are there and enabled.
func (s *Service) mayEnter(ctx context.Context, id directory.UserID) error {
	err := s.mayHaveLink(ctx, id)
	if err != nil && directory.KindOf(err) != directory.KindInternal {
		return errRefused(err)
	}
	return err
}
