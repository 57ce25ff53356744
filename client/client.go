// Package client is the Go client of Cohort's native API, mounted at /v1.
//
// It logs in by itself and renews its token. It knows the API and nothing of
// the program that answers it; what it does not wrap, Do reaches.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxReply is the most bytes that are read of a reply.
const maxReply = 64 << 20

// A Client talks to one server as one caller. It may be used by many
// goroutines.
type Client struct {
	base   string
	id     string
	secret string
	http   *http.Client

	mu      sync.Mutex
	token   string
	expires time.Time
}

// New returns a client of the server at a URL such as https://host:19999, for
// the caller of a client id and secret. httpClient may be nil: then requests
// end after a minute.
func New(baseURL, clientID, clientSecret string, httpClient *http.Client) *Client {
	if httpClient == nil {
		httpClient = &http.Client{Timeout: time.Minute}
	}
	return &Client{base: strings.TrimSuffix(baseURL, "/"), id: clientID, secret: clientSecret, http: httpClient}
}

// A Problem is an error that the server answered with, as RFC 9457 has it.
type Problem struct {
	Type      string   `json:"type"`
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Detail    string   `json:"detail"`
	Field     string   `json:"field"`
	Code      string   `json:"code"`
	Choices   []string `json:"choices"` // ids that an ambiguous selector can mean
	Advice    string   `json:"advice"`
	RequestID string   `json:"request_id"`
	LogIn     bool     `json:"-"` // the client id and secret were refused, not the request
}

// Error is what is wrong, and what to do about it.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if p.Advice != "" {
		text += " (" + p.Advice + ")"
	}
	return text
}

// Do sends a request and decodes the reply into out, unless that is nil. The
// path is below the server's URL; in, if it is not nil, is sent as JSON. An
// answer that is no success is a *Problem.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, header http.Header, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
	}
	for again := true; ; again = false {
		token, err := c.login(ctx, !again)
		if err != nil {
			return err
		}
		err = c.send(ctx, token, method, path, query, header, body, out)
		if p, ok := errors.AsType[*Problem](err); !ok || p.Status != http.StatusUnauthorized || !again {
			return err
		}
	}
}

func (c *Client) send(ctx context.Context, token, method, path string, query url.Values, header http.Header, body []byte, out any) error {
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(r.Header, header)
	r.Header.Set("Authorization", "Bearer "+token)
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.exchange(r, out)
}

// exchange sends a request and reads the reply.
func (c *Client) exchange(r *http.Request, out any) error {
	res, err := c.http.Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("read the reply: %w", err)
	}
	if res.StatusCode >= 300 {
		return problemOf(res.StatusCode, body)
	}
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("decode the reply: %w", err)
	}
	return nil
}

func problemOf(status int, body []byte) error {
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Title == "" {
		var grant struct {
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(body, &grant) // what is no JSON has no description
		p = &Problem{Title: http.StatusText(status), Detail: grant.Description}
	}
	p.Status = status
	return p
}

// login returns a token: the one it has, unless that is about to expire or a
// new one is asked for.
func (c *Client) login(ctx context.Context, fresh bool) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !fresh && c.token != "" && time.Now().Before(c.expires) {
		return c.token, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var out struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := c.exchange(r, &out); err != nil {
		if p, ok := errors.AsType[*Problem](err); ok {
			p.LogIn = true
		}
		return "", fmt.Errorf("log in: %w", err)
	}
	c.token = out.AccessToken
	c.expires = time.Now().Add(time.Duration(out.ExpiresIn)*time.Second - time.Minute)
	return c.token, nil
}
