package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

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
	Create        string   `toml:"create"` // on or off, as are groups-administer and logout
	GroupsClaim   string   `toml:"groups-claim"`
	GroupsSource  string   `toml:"groups-source"`
	GroupsAdmin   string   `toml:"groups-administer"`
	Logout        string   `toml:"logout"`
	MaxAge        Duration `toml:"max-age"`
	StepUp        string   `toml:"step-up"` // claim or always
	Secret        string   `toml:"-"`
}

// Creates reports whether unknown people become users.
func (p *SignInProvider) Creates() bool { return p.Create == "on" }

// GroupsMayAdminister reports whether claims may put people into groups that give
// the permission to administer.
func (p *SignInProvider) GroupsMayAdminister() bool { return p.GroupsAdmin == "on" }

// SignsOut reports whether signing out can go on at the provider.
func (p *SignInProvider) SignsOut() bool { return p.Logout != "off" }

// A Duration is a time.Duration in a file.
type Duration struct{ time.Duration }

// UnmarshalText is encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	if d.Duration, err = time.ParseDuration(string(text)); err != nil {
		return errors.New("must be a duration such as 30m or 8h")
	}
	return nil
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
	case (p.GroupsSource == "") != (p.GroupsClaim == ""):
		return errors.New("groups-claim and groups-source: set both or neither")
	case !slices.Contains([]string{"", "claim", "always"}, p.StepUp):
		return errors.New("step-up: must be claim or always")
	case p.MaxAge.Duration != 0 && p.MaxAge.Duration < time.Minute:
		return errors.New("max-age: must be at least 1m")
	}
	for name, text := range map[string]string{"create": p.Create, "groups-administer": p.GroupsAdmin, "logout": p.Logout} {
		if !slices.Contains([]string{"", "on", "off"}, text) {
			return fmt.Errorf("%s: must be on or off", name)
		}
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
	return strings.HasPrefix(rest, "127.0.0.1:") || strings.HasPrefix(rest, "localhost:") ||
		strings.HasPrefix(rest, "[::1]:")
}
