// Package client is the Go client of Cohort's native API, mounted at /v1.
//
// It logs in by itself and renews its token. It knows the API and nothing of the
// program that answers it; Do reaches calls that it does not wrap.
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
	wait   func(context.Context, time.Duration) error

	mu      sync.Mutex
	token   string
	expires time.Time
}

// New returns a client of the server at a URL such as https://host:19999, for
// the caller of a client id and secret. httpClient may be nil: then requests
// end after a minute.
func New(baseURL, clientID, clientSecret string, httpClient *http.Client) *Client {
	own := http.Client{Timeout: time.Minute}
	if httpClient != nil {
		own = *httpClient
	}
	if own.CheckRedirect == nil {
		own.CheckRedirect = SameOrigin
	}
	return &Client{base: strings.TrimSuffix(baseURL, "/"), id: clientID, secret: clientSecret, http: &own,
		wait: pause}
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
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration `json:"-"`
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
// answer that is no success is a *Problem. A request that the server has no time
// for is sent again as soon as it says, where that does nothing twice.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, header http.Header, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
	}
	fresh := false
	for try := 1; ; try++ {
		token, err := c.login(ctx, fresh)
		if err == nil {
			err = c.send(ctx, token, method, path, query, header, body, out)
		}
		p, ok := errors.AsType[*Problem](err)
		switch {
		case !ok:
			return err
		case p.Status == http.StatusUnauthorized && !fresh && !p.LogIn:
			fresh = true
		case try < maxTries && p.mayRepeat(method, header):
			if err := c.wait(ctx, p.RetryAfter); err != nil {
				return err
			}
			fresh = false
		default:
			return err
		}
	}
}

// How long a request is tried again.
const (
	maxTries = 6
	maxWait  = time.Minute
)

// mayRepeat reports whether a request that was answered so can be sent again
// without anything happening twice: 429 says that nothing was done, and 503 of
// a write may have been said too late.
func (p *Problem) mayRepeat(method string, header http.Header) bool {
	switch p.Status {
	case http.StatusTooManyRequests:
		return p.RetryAfter <= maxWait
	case http.StatusServiceUnavailable:
		return p.RetryAfter > 0 && p.RetryAfter <= maxWait &&
			(p.LogIn || method == http.MethodGet || header.Get("Idempotency-Key") != "")
	}
	return false
}

// pause waits, or until ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(max(d, time.Second))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (c *Client) send(ctx context.Context, token, method, path string, query url.Values, header http.Header,
	body []byte, out any) error {
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
		p := problemOf(res.StatusCode, body)
		p.RetryAfter = RetryAfter(res.Header, time.Now())
		return p
	}
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("decode the reply: %w", err)
	}
	return nil
}

func problemOf(status int, body []byte) *Problem {
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
