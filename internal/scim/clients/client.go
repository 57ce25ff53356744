package clients

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// FacetClient is the kind of facet that makes a service account a client.
const FacetClient = "client"

// The profiles of clients. They differ in how members who do not exist are handled.
const (
	ProfileOkta    = "okta"
	profileEntra   = "entra"
	profileGeneric = "generic"
)

// AdoptContact lets a client adopt users by their contact e-mail.
const AdoptContact = "contact"

// A Client is an identity provider: a service account with this facet.
type Client struct {
	Source  string                       `json:"source"`
	Profile string                       `json:"profile"`
	Adopt   string                       `json:"adopt,omitzero"`
	Expires map[string]directory.Instant `json:"expires,omitzero"` // by client id

	ids map[directory.CredentialID]string // the client ids of its credentials
}

// Parse reads the facet that makes a service account a client.
func Parse(data string) (Client, error) {
	var c Client
	if err := json.Unmarshal([]byte(data), &c, json.RejectUnknownMembers(true)); err != nil {
		return c, errors.New("it is not a description of a client")
	}
	if err := checkName(c.Source); err != nil {
		return c, err
	}
	if c.Profile != ProfileOkta && c.Profile != profileEntra && c.Profile != profileGeneric {
		return c, directory.Invalid("profile", "must be okta, entra or generic")
	}
	if c.Adopt != "" && c.Adopt != AdoptContact {
		return c, directory.Invalid("adopt", "must be contact, or absent")
	}
	return c, nil
}

func (c *Client) data() (string, error) {
	b, err := json.Marshal(c, json.Deterministic(true))
	return string(b), err
}

// checkName refuses names that cannot stand in URLs and commands.
func checkName(name string) error {
	if name == "" {
		return directory.Missing("name")
	}
	if len(name) > directory.MaxSourceLen || strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
	}) {
		return directory.Invalid("name", "must be lower-case letters, digits, -, _ and . only, at most 100")
	}
	return nil
}

// Expired reports whether a credential of the client has ended.
func (c *Client) Expired(id directory.CredentialID, now directory.Instant) bool {
	at, limited := c.Expires[c.ids[id]]
	return limited && at <= now
}
