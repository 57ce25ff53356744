package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// A SignInLink signs a person in to the console once.
type SignInLink struct {
	User      User      `json:"user"`
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// A Session is a person's sign-in in the console.
type Session struct {
	ID        string    `json:"id"`
	User      User      `json:"user"`
	Method    string    `json:"method"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// SignInLink makes a link into the console for a person, in place of an earlier
// one. A life of 0 is the server's usual one.
func (c *Client) SignInLink(ctx context.Context, user string, life time.Duration) (out SignInLink, err error) {
	in := map[string]any{}
	if life != 0 {
		in["valid_for_seconds"] = int64(life / time.Second)
	}
	err = c.Do(ctx, http.MethodPost, "/v1/users/"+url.PathEscape(user)+"/sign-in-link", nil, nil, in, &out)
	return out, err
}

// Sessions lists the sessions in the console that the caller may know of: its own,
// everybody's, or those of one user if one is given.
func (c *Client) Sessions(ctx context.Context, user string) ([]Session, error) {
	var out struct {
		Sessions []Session `json:"sessions"`
	}
	query := url.Values{}
	if user != "" {
		query.Set("user", user)
	}
	err := c.Do(ctx, http.MethodGet, "/v1/sessions", query, nil, nil, &out)
	return out.Sessions, err
}

// EndSession ends a session in the console.
func (c *Client) EndSession(ctx context.Context, user, session string) error {
	return c.Do(ctx, http.MethodDelete, "/v1/users/"+url.PathEscape(user)+"/sessions/"+url.PathEscape(session), nil, nil,
		nil, nil)
}
