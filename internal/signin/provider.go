package signin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"cohort/internal/directory"
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
	Create              bool // make a user of a person whom nobody matches
	// GroupsClaim and GroupsSource name a claim and the source references of
	// groups that its values are. Empty leaves groups alone.
	GroupsClaim, GroupsSource string
	GroupsAdminister          bool          // also into groups that give the permission to administer
	Logout                    bool          // signing out can go on at the provider
	MaxAge                    time.Duration // since the person proved itself there; 0 is any
	// StepUp says what counts as proving oneself again: "claim", what auth_time
	// says; "always", every sign-in, at a provider that does not say.
	StepUp      string
	RedirectURL string // where callbacks come to
	SignedOut   string // where the browser comes to after signing out there
}

const (
	providerWait = 10 * time.Second
	retryAfter   = 5 * time.Second // failing to reach a provider
	maxReply     = 1 << 20         // bytes of a reply of a provider
	maxIDToken   = 64 << 10        // bytes
	clockSkew    = 2 * time.Minute
)

// algorithms are those that signatures may have: no symmetric ones, whatever a
// provider says.
func algorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA} }

// A provider is a Provider, and what it says of itself once it was asked.
type provider struct {
	Provider
	now func() time.Time

	mu     sync.Mutex
	found  *discovered
	failed error
	asked  time.Time
}

// discovered is what a provider says of itself.
type discovered struct {
	*oidc.Provider
	oauth      *oauth2.Config // one, as it learns how the provider wants the secret
	saysIs     bool           // whether callbacks name the issuer
	endSession string         // where people sign out; may be empty
}

// discover asks the provider where it is, once. One that is down is asked again
// after a moment.
func (p *provider) discover(client *http.Client) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if p.failed != nil && p.now().Sub(p.asked) < retryAfter {
		return nil, p.failed
	}
	found, err := p.ask(client)
	if err != nil {
		p.failed = directory.Unavailable(30*time.Second, p.Title+" cannot be reached; try again later", err)
		p.asked = p.now()
		return nil, p.failed
	}
	p.found = found
	return found, nil
}

func (p *provider) ask(client *http.Client) (*discovered, error) {
	// The context stays for later fetches of keys: it is no request's.
	found, err := oidc.NewProvider(oidc.ClientContext(context.Background(), client), p.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Is         bool   `json:"authorization_response_iss_parameter_supported"`
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	return &discovered{found, p.oauth(found), more.Is, more.EndSession}, nil
}

// verifier checks the tokens that a provider signs for us.
func (s *Service) verifier(p *provider, found *discovered) *oidc.IDTokenVerifier {
	return found.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), Now: s.config.Now})
}

// newClient is for talking to providers: it waits and reads only so much, and
// is led to no other host.
func newClient() *http.Client {
	return &http.Client{
		Timeout:   providerWait,
		Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 || r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme {
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
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: p.RedirectURL,
		Scopes: append([]string{oidc.ScopeOpenID, "email", "profile"}, p.Scopes...),
	}
}

// Providers lists those that people can sign in at.
func (s *Service) Providers() []directory.SignInProvider {
	var list []directory.SignInProvider
	for _, p := range s.providers {
		list = append(list, directory.SignInProvider{
			Name: p.Name, Title: p.Title, Issuer: p.Issuer, MatchesEmail: p.EmailVerified != "never", Source: p.Source,
			Creates: p.Create, GroupsFrom: p.GroupsClaim, SignsOut: p.Logout,
		})
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

// takes reports whether the domain of an e-mail, what stands behind the last @,
// is one that may be matched.
func (p *provider) takes(email string) bool {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return false
	}
	same := func(d string) bool { return strings.EqualFold(d, email[at+1:]) }
	return len(p.Domains) == 0 || slices.ContainsFunc(p.Domains, same)
}
