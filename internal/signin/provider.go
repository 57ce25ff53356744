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
	Name         string // name in addresses and records
	Title        string // text on the button
	Issuer       string // exactly as the provider writes it
	ClientID     string
	ClientSecret string
	Scopes       []string // in addition to openid, email and profile
	// EmailVerified says whether e-mails are verified: "claim", if the claim email_verified
	// says so; "always"; or "never".
	EmailVerified string
	Domains       []string // domains of e-mails that may match; empty for all
	// Source names the source whose ids of users equal the claim SourceClaim. Empty matches
	// nobody.
	Source, SourceClaim string
	Create              bool // create a user for a person without a match
	// GroupsClaim names the claim whose values are ids of groups in the source GroupsSource.
	// Empty leaves groups unchanged.
	GroupsClaim, GroupsSource string
	GroupsAdminister          bool          // whether claims may add people to groups of administrators
	Logout                    bool          // whether people can sign out at the provider, too
	MaxAge                    time.Duration // time since the person authenticated there; 0 allows any
	// StepUp says which sign-ins count as recent: "claim", as the claim auth_time says; or
	// "always", every sign-in, for a provider that does not send it.
	StepUp      string
	RedirectURL string // address of callbacks
	SignedOut   string // address after signing out at the provider
}

const (
	providerWait = 10 * time.Second
	retryAfter   = 5 * time.Second // time between tries to reach a provider
	maxReply     = 1 << 20         // bytes of a reply of a provider
	maxIDToken   = 64 << 10        // bytes
	clockSkew    = 2 * time.Minute
)

// algorithms returns the accepted signature algorithms: no symmetric ones, whatever a provider
// says.
func algorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA} }

// A provider is a Provider with its discovered configuration.
type provider struct {
	Provider
	now func() time.Time

	mu     sync.Mutex
	found  *discovered
	failed error
	asked  time.Time
}

// discovered is the configuration that a provider publishes.
type discovered struct {
	*oidc.Provider
	oauth      *oauth2.Config // shared, because it remembers how the provider accepts the secret
	saysIs     bool           // whether callbacks have the issuer
	endSession string         // address for signing out; may be empty
}

// discover requests the configuration of the provider, once. It tries again later if the
// provider is down.
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
	// The context outlives the request, because later fetches of keys use it.
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

// verifier returns the verifier of tokens from the provider.
func (s *Service) verifier(p *provider, found *discovered) *oidc.IDTokenVerifier {
	return found.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), Now: s.config.Now})
}

// newClient returns the HTTP client for providers. It limits times and sizes, and follows no
// redirect to another host.
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

// bounded limits the size of replies.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
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

// Providers lists the identity providers.
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

// takes reports whether the domain of an e-mail, the part after the last @, is accepted.
func (p *provider) takes(email string) bool {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return false
	}
	same := func(d string) bool { return strings.EqualFold(d, email[at+1:]) }
	return len(p.Domains) == 0 || slices.ContainsFunc(p.Domains, same)
}
