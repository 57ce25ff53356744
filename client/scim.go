package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// A SCIMClient is an identity provider that feeds the directory.
type SCIMClient struct {
	Name          string      `json:"name"`
	User          string      `json:"user"`
	Profile       string      `json:"profile"`
	Adopt         string      `json:"adopt,omitempty"`
	Disabled      bool        `json:"disabled"`
	Tokens        []SCIMKey   `json:"tokens"`
	Held          []SCIMEvent `json:"held"`
	Refused       []SCIMEvent `json:"refused"`
	Requests      []SCIMEvent `json:"requests"`
	Released      int64       `json:"released,omitempty"`
	ReleasedUntil *time.Time  `json:"released_until,omitempty"`
}

// A SCIMKey is one of the tokens of a client, without its text.
type SCIMKey struct {
	ID        string     `json:"id"`
	ClientID  string     `json:"client_id"`
	Disabled  bool       `json:"disabled"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	UsedAt    *time.Time `json:"used_at,omitempty"`
}

// A SCIMEvent is a request of a client.
type SCIMEvent struct {
	At        time.Time `json:"at"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail,omitempty"`
	RequestID string    `json:"request_id"`
}

// A SCIMToken is a token that was made. It is shown once.
type SCIMToken struct {
	Name         string     `json:"name"`
	User         string     `json:"user"`
	BaseURL      string     `json:"base_url"`
	Token        string     `json:"token"`
	ClientID     string     `json:"client_id"`
	ClientSecret string     `json:"client_secret"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
	OldUntil     *time.Time `json:"old_until,omitempty"`
}

// A NewSCIMClient is what a client is made of. Profile is okta, entra or generic;
// a ValidFor of 0 is for ever.
type NewSCIMClient struct {
	Name     string
	Profile  string
	Adopt    string
	ValidFor time.Duration
}

const scimClients = "/v1/scim/clients"

// CreateSCIMClient makes an identity provider with a token.
func (c *Client) CreateSCIMClient(ctx context.Context, in NewSCIMClient) (out SCIMToken, err error) {
	body := map[string]any{"name": in.Name}
	if in.Profile != "" {
		body["profile"] = in.Profile
	}
	if in.Adopt != "" {
		body["adopt"] = in.Adopt
	}
	if in.ValidFor != 0 {
		body["valid_for_seconds"] = int64(in.ValidFor / time.Second)
	}
	err = c.Do(ctx, http.MethodPost, scimClients, nil, nil, body, &out)
	return out, err
}

// RotateSCIMClient makes another token of an identity provider. The one before it
// stays good for a while.
func (c *Client) RotateSCIMClient(ctx context.Context, name string, oldFor,
	validFor time.Duration) (out SCIMToken, err error) {
	body := map[string]any{"old_valid_for_seconds": int64(oldFor / time.Second)}
	if validFor != 0 {
		body["valid_for_seconds"] = int64(validFor / time.Second)
	}
	err = c.Do(ctx, http.MethodPost, scimClients+"/"+url.PathEscape(name)+"/rotate", nil, nil, body, &out)
	return out, err
}

// ReleaseSCIMClient lets an identity provider remove more, within a day, than the
// removal guard lets pass.
func (c *Client) ReleaseSCIMClient(ctx context.Context, name string, removals int64) (until time.Time, err error) {
	var out struct {
		Until time.Time `json:"until"`
	}
	body := map[string]any{"removals": removals}
	err = c.Do(ctx, http.MethodPost, scimClients+"/"+url.PathEscape(name)+"/release", nil, nil, body, &out)
	return out.Until, err
}
