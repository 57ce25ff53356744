package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// A StoredValue is a value as it was written, or a default. Exactly one of Text,
// Texts and Hidden is set.
type StoredValue struct {
	Attribute string            `json:"attribute"` // id
	Text      *string           `json:"text"`
	Texts     map[string]string `json:"texts"` // by language
	Hidden    bool              `json:"hidden"`
	Rank      int               `json:"rank"` // of a group's value
	StartsAt  *time.Time        `json:"starts_at"`
	ExpiresAt *time.Time        `json:"expires_at"`
}

// A StoredAttribute is an attribute.
type StoredAttribute struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Label         string            `json:"label"`
	Type          string            `json:"type"`
	Rule          string            `json:"rule"`
	UserValueMode string            `json:"user_value_mode"`
	Default       *StoredValue      `json:"default"`
	Hidden        bool              `json:"hidden"`
	UserCanView   bool              `json:"user_can_view"`
	UserCanEdit   bool              `json:"user_can_edit"`
	System        bool              `json:"system"`
	Permanent     bool              `json:"permanent"`
	Sources       map[string]string `json:"sources"`
	Description   string            `json:"description"`
	Allowed       []AllowedValue    `json:"allowed"`
	Pattern       string            `json:"pattern"`
	Least         string            `json:"least"`
	Greatest      string            `json:"greatest"`
	MaxLength     int               `json:"max_length"`
}

// A StoredRole is a role; its sets are ids.
type StoredRole struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PermissionSet string            `json:"permission_set"`
	ModelSet      string            `json:"model_set"`
	BuiltIn       bool              `json:"built_in"`
	Sources       map[string]string `json:"sources"`
}

// A StoredSet is a permission set or a model set.
type StoredSet struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Names   []string `json:"names"`
	BuiltIn bool     `json:"built_in"`
}

// StoredDefinitions are attributes, roles and sets.
type StoredDefinitions struct {
	Language       string            `json:"language"` // of texts without one
	Attributes     []StoredAttribute `json:"attributes"`
	Roles          []StoredRole      `json:"roles"`
	PermissionSets []StoredSet       `json:"permission_sets"`
	ModelSets      []StoredSet       `json:"model_sets"`
}

// A StoredGroup is a group; parents and roles are ids.
type StoredGroup struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Language    string            `json:"language"`
	Parents     []string          `json:"parents"`
	Roles       []string          `json:"roles"`
	Sources     map[string]string `json:"sources"`
	Values      []StoredValue     `json:"values"`
	Members     int64             `json:"members"`
	Description string            `json:"description"`
}

// A StoredMembership is a group that a user is directly in.
type StoredMembership struct {
	Group     string     `json:"group"` // id
	StartsAt  *time.Time `json:"starts_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// A StoredUser is a user; Email is the login e-mail, roles are ids.
type StoredUser struct {
	ID           string             `json:"id"`
	Kind         string             `json:"kind"`
	FirstName    string             `json:"first_name"`
	LastName     string             `json:"last_name"`
	Email        string             `json:"email"`
	ContactEmail string             `json:"contact_email"`
	Timezone     string             `json:"timezone"`
	Language     string             `json:"language"`
	Disabled     bool               `json:"disabled"`
	Groups       []StoredMembership `json:"groups"`
	Values       []StoredValue      `json:"values"`
	Roles        []string           `json:"roles"`
	Sources      map[string]string  `json:"sources"`
	Identities   map[string]string  `json:"identities"` // accounts elsewhere, by kind
}

// StoredDefinitions lists attributes, roles and sets as they are stored.
func (c *Client) StoredDefinitions(ctx context.Context) (out StoredDefinitions, err error) {
	err = c.Do(ctx, http.MethodGet, "/v1/stored/definitions", nil, nil, nil, &out)
	return out, err
}

// StoredGroups lists groups by id as they are stored, a page for each call of
// take.
func (c *Client) StoredGroups(ctx context.Context, take func([]StoredGroup)) error {
	return c.pages(func(query url.Values) (string, error) {
		var out struct {
			Groups []StoredGroup `json:"groups"`
			Next   string        `json:"next"`
		}
		err := c.Do(ctx, http.MethodGet, "/v1/stored/groups", query, nil, nil, &out)
		if err == nil {
			take(out.Groups)
		}
		return out.Next, err
	})
}

// StoredUsers lists users by id as they are stored, a page for each call of
// take.
func (c *Client) StoredUsers(ctx context.Context, take func([]StoredUser)) error {
	return c.pages(func(query url.Values) (string, error) {
		var out struct {
			Users []StoredUser `json:"users"`
			Next  string       `json:"next"`
		}
		err := c.Do(ctx, http.MethodGet, "/v1/stored/users", query, nil, nil, &out)
		if err == nil {
			take(out.Users)
		}
		return out.Next, err
	})
}

// pages asks for page after page, until one has no next.
func (*Client) pages(ask func(url.Values) (next string, err error)) error {
	query := url.Values{"limit": {"1000"}}
	for {
		next, err := ask(query)
		if err != nil || next == "" {
			return err
		}
		query.Set("cursor", next)
	}
}
