package lookercopy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cohort/client"
)

const (
	maxReply = 256 << 20 // bytes
	pageSize = 500       // users asked for at once
	attempts = 6         // tries of a request that is answered with 429 or 503
)

// A Source reads one instance.
type Source struct {
	base, id, secret, token string
	http                    *http.Client
	wait                    func(context.Context, time.Duration) error
}

// NewSource returns a reader of the instance at a URL such as
// https://example.cloud.looker.com or https://example.com:19999.
func NewSource(baseURL, clientID, clientSecret string) *Source {
	base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(baseURL, "/"), "/api/4.0"), "/")
	return &Source{base: base + "/api/4.0", id: clientID, secret: clientSecret,
		http: &http.Client{Timeout: 2 * time.Minute, CheckRedirect: client.SameOrigin}, wait: pause}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// A StatusError is a reply without success.
type StatusError struct {
	Path   string
	Status int
	Msg    string
}

// Error names the request.
func (e *StatusError) Error() string { return fmt.Sprintf("GET %s: %d %s", e.Path, e.Status, e.Msg) }

// get reads a path into out. It logs in when necessary, and waits as long as the instance asks
// it to.
func (s *Source) get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	for try := 1; ; try++ {
		if s.token == "" {
			if err := s.login(ctx); err != nil {
				return err
			}
		}
		status, body, err := s.exchange(ctx, http.MethodGet, path, nil)
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			return json.Unmarshal(body, out)
		case status == http.StatusUnauthorized && try < attempts:
			s.token = "" // it has expired
		default:
			return &StatusError{path, status, messageOf(body)}
		}
	}
}

// delay returns how long to wait before the next try.
func delay(header http.Header, try int) time.Duration {
	if asked := client.RetryAfter(header, time.Now()); asked > 0 {
		return min(asked, 5*time.Minute)
	}
	return time.Second << try
}

func (s *Source) login(ctx context.Context) error {
	form := url.Values{"client_id": {s.id}, "client_secret": {s.secret}}
	status, body, err := s.exchange(ctx, http.MethodPost, "/login", form)
	if err != nil {
		return err
	}
	var reply struct {
		AccessToken string `json:"access_token"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &reply) != nil || reply.AccessToken == "" {
		return fmt.Errorf("log in to %s: %d %s", s.base, status, messageOf(body))
	}
	s.token = reply.AccessToken
	return nil
}

// exchange sends a request, and repeats it while the instance is busy.
func (s *Source) exchange(ctx context.Context, method, path string,
	form url.Values) (status int, body []byte, err error) {
	for try := 1; ; try++ {
		var header http.Header
		status, header, body, err = s.send(ctx, method, path, form)
		if err != nil || status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable || try == attempts {
			return status, body, err
		}
		if err := s.wait(ctx, delay(header, try)); err != nil {
			return 0, nil, err
		}
	}
}

func (s *Source) send(ctx context.Context, method, path string,
	form url.Values) (status int, header http.Header, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, nil, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	reply, err := s.http.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err = io.ReadAll(io.LimitReader(reply.Body, maxReply+1))
	if err = errors.Join(err, reply.Body.Close()); err == nil && len(body) > maxReply {
		err = fmt.Errorf("%s answers with more than %d bytes", path, maxReply)
	}
	return reply.StatusCode, reply.Header, body, err
}

// messageOf returns the shortened text of an error.
func messageOf(body []byte) string {
	var e struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &e) != nil || e.Message == "" {
		return ""
	}
	return e.Message[:min(len(e.Message), 300)]
}
