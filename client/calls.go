package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Point is a moment that a question is about: a revision, or a time. The zero
// Point is now.
type Point struct {
	Revision int64
	At       time.Time
}

func (p Point) add(query url.Values) {
	if p.Revision != 0 {
		query.Set("revision", strconv.FormatInt(p.Revision, 10))
	}
	if !p.At.IsZero() {
		query.Set("at", p.At.UTC().Format(time.RFC3339Nano))
	}
}

// Effective returns what a user has of the attributes, or of all that the
// caller may see. The user is an id, email:… or source:…/…; attributes are ids
// or names.
func (c *Client) Effective(ctx context.Context, user string, attributes []string, at Point) (out Effective, err error) {
	query := url.Values{}
	if len(attributes) > 0 {
		query.Set("attributes", strings.Join(attributes, ","))
	}
	at.add(query)
	err = c.Do(ctx, http.MethodGet, "/v1/users/"+url.PathEscape(user)+"/effective", query, nil, nil, &out)
	return out, err
}

// Explain returns which value a user has of an attribute, and why.
func (c *Client) Explain(ctx context.Context, user, attribute string, at Point) (out Explanation, err error) {
	query := url.Values{}
	at.add(query)
	err = c.Do(ctx, http.MethodGet, "/v1/users/"+url.PathEscape(user)+"/effective/"+url.PathEscape(attribute), query, nil,
		nil, &out)
	return out, err
}

// Preview returns what a change would do.
func (c *Client) Preview(ctx context.Context, change Change) (out Preview, err error) {
	err = c.Do(ctx, http.MethodPost, "/v1/preview", nil, nil, change, &out)
	return out, err
}

// Commit runs a change. With a key that is not empty it can be sent again
// within a day, and happens once.
func (c *Client) Commit(ctx context.Context, change Change, key string) (out Committed, err error) {
	header := http.Header{}
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	err = c.Do(ctx, http.MethodPost, "/v1/changes", nil, header, change, &out)
	return out, err
}

// A ChangeFilter selects changes. Its zero value is the newest ones.
type ChangeFilter struct {
	Object    string // such as group:12
	Caller    string
	RequestID string
	To        time.Time // only earlier ones, if it is set
	After     int64     // only later ones, oldest first
	Limit     int       // 0 is 100
	Cursor    string
	Affected  bool // count whose effective values each change changed
}

// Changes lists committed changes. next is the cursor of the next page; empty
// if there is none.
func (c *Client) Changes(ctx context.Context, f ChangeFilter) (list []CommittedChange, next string, err error) {
	query := url.Values{}
	for name, text := range map[string]string{"object": f.Object, "caller": f.Caller, "request_id": f.RequestID,
		"cursor": f.Cursor} {
		if text != "" {
			query.Set(name, text)
		}
	}
	for name, n := range map[string]int64{"after": f.After, "limit": int64(f.Limit)} {
		if n != 0 {
			query.Set(name, strconv.FormatInt(n, 10))
		}
	}
	if !f.To.IsZero() {
		query.Set("to", f.To.UTC().Format(time.RFC3339Nano))
	}
	if f.Affected {
		query.Set("affected", "true")
	}
	var out struct {
		Changes []CommittedChange `json:"changes"`
		Next    string            `json:"next"`
	}
	err = c.Do(ctx, http.MethodGet, "/v1/changes", query, nil, nil, &out)
	return out.Changes, out.Next, err
}

// Change returns a committed change.
func (c *Client) Change(ctx context.Context, revision int64) (out CommittedChange, err error) {
	err = c.Do(ctx, http.MethodGet, "/v1/changes/"+strconv.FormatInt(revision, 10), nil, nil, nil, &out)
	return out, err
}

// Effects says what a committed change did to effective values.
func (c *Client) Effects(ctx context.Context, revision int64) (out Preview, err error) {
	err = c.Do(ctx, http.MethodGet, "/v1/changes/"+strconv.FormatInt(revision, 10)+"/effects", nil, nil, nil, &out)
	return out, err
}

// Revert undoes a change in a new one.
func (c *Client) Revert(ctx context.Context, revision int64, comment string) (out Committed, err error) {
	in := map[string]string{"comment": comment}
	err = c.Do(ctx, http.MethodPost, "/v1/changes/"+strconv.FormatInt(revision, 10)+"/revert", nil, nil, in, &out)
	return out, err
}

// AcceptTime has the server date changes by its clock as it is, and returns what
// it says.
func (c *Client) AcceptTime(ctx context.Context) (string, error) {
	var out struct {
		Time string `json:"time"`
	}
	err := c.Do(ctx, http.MethodPost, "/v1/clock/accept", nil, nil, nil, &out)
	return out.Time, err
}

// RevertRequest undoes all changes of a request in one.
func (c *Client) RevertRequest(ctx context.Context, requestID, comment string) (out Committed, err error) {
	return c.RevertRequestOf(ctx, requestID, "", comment)
}

// RevertRequestOf undoes all changes of the request of one caller, where several
// have used its id: a user's id, or "system" for the program itself.
func (c *Client) RevertRequestOf(ctx context.Context, requestID, caller, comment string) (out Committed, err error) {
	in := map[string]string{"request_id": requestID, "comment": comment}
	if caller != "" {
		in["caller"] = caller
	}
	err = c.Do(ctx, http.MethodPost, "/v1/changes/revert", nil, nil, in, &out)
	return out, err
}
