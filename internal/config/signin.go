package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// A SignInProvider is an identity provider that people sign in at: a table of
// the file that the setting sign-in names.
type SignInProvider struct {
	Name          string   `toml:"-"`
	Issuer        string   `toml:"issuer"`
	ClientID      string   `toml:"client-id"`
	SecretFile    string   `toml:"secret-file"`
	Title         string   `toml:"title"`
	Scopes        []string `toml:"scopes"`
	EmailVerified string   `toml:"email-verified"` // claim, always or never
	Domains       []string `toml:"domains"`
	Source        string   `toml:"source"`
	SourceClaim   string   `toml:"source-claim"`
	Secret        string   `toml:"-"`
}

// SignInProviders reads the identity providers, by name. Without the setting
// there are none.
func (c *Config) SignInProviders() ([]SignInProvider, error) {
	if c.SignIn == "" {
		return nil, nil
	}
	tables := map[string]*SignInProvider{}
	meta, err := toml.DecodeFile(c.SignIn, &tables)
	if err != nil {
		return nil, fmt.Errorf("sign-in: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("sign-in: %s: %s is not known", c.SignIn, unknown[0])
	}
	secrets, err := c.signInSecrets()
	if err != nil {
		return nil, err
	}
	var list []SignInProvider
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		p := tables[name]
		p.Name, p.Secret = name, secrets[name]
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("sign-in: %s: [%s] %w", c.SignIn, name, err)
		}
		list = append(list, *p)
	}
	return list, nil
}

func (c *Config) signInSecrets() (map[string]string, error) {
	secrets := map[string]string{}
	for part := range strings.SplitSeq(c.SignInSecrets, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, secret, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errors.New("COHORT_SIGN_IN_SECRETS: must be NAME=SECRET, separated by commas")
		}
		secrets[name] = secret
	}
	return secrets, nil
}

func (p *SignInProvider) check() error {
	if p.Title == "" {
		p.Title = p.Name
	}
	if p.EmailVerified == "" {
		p.EmailVerified = "claim"
	}
	switch {
	case !regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`).MatchString(p.Name) || p.Name == "link":
		return errors.New("is no name: use small letters, digits, - and _, and not link")
	case checkURL(p.Issuer) != nil || p.Issuer == "":
		return errors.New("issuer: must be the URL that the provider calls itself by")
	case strings.HasPrefix(p.Issuer, "http://") && !onLoopback(p.Issuer):
		return errors.New("issuer: must be https")
	case p.ClientID == "":
		return errors.New("client-id: is required")
	case !slices.Contains([]string{"claim", "always", "never"}, p.EmailVerified):
		return errors.New("email-verified: must be claim, always or never")
	case (p.Source == "") != (p.SourceClaim == ""):
		return errors.New("source and source-claim: set both or neither")
	}
	if p.SecretFile != "" {
		b, err := os.ReadFile(p.SecretFile)
		if err != nil {
			return fmt.Errorf("secret-file: %w", err)
		}
		p.Secret = strings.TrimSpace(string(b))
	}
	if p.Secret == "" {
		return fmt.Errorf("has no secret: name a secret-file, or set COHORT_SIGN_IN_SECRETS=%s=…", p.Name)
	}
	return nil
}

// onLoopback reports whether a URL leads to the machine itself.
func onLoopback(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	return strings.HasPrefix(rest, "127.0.0.1:") || strings.HasPrefix(rest, "localhost:") || strings.HasPrefix(rest, "[::1]:")
}
