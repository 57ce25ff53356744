package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"cohort/client"
	"cohort/internal/apply"
	"cohort/internal/directory"
	"cohort/internal/record"
)

// Change converts a list of edits to a change of the API.
func Change(edits []directory.Edit, comment string) (client.Change, error) {
	b, err := record.EncodeEdits(edits)
	if err != nil {
		return client.Change{}, err
	}
	var out struct {
		Edits []json.RawMessage `json:"edits"`
	}
	err = json.Unmarshal(b, &out)
	return client.Change{Edits: out.Edits, Comment: comment}, err
}

// Through returns a committer that uses a server's API.
func Through(c *client.Client) apply.Committer { return through{c} }

type through struct{ client *client.Client }

// Commit implements apply.Committer.
func (t through) Commit(ctx context.Context, c apply.Change) (done apply.Committed, err error) {
	change, err := Change(c.Edits, c.Comment)
	if err != nil {
		return done, err
	}
	header := http.Header{"X-Request-Id": {c.RequestID}, "Idempotency-Key": {c.Key}}
	var out client.Committed
	if err := t.client.Do(ctx, http.MethodPost, "/v1/changes", nil, header, change, &out); err != nil {
		return done, refusal(err)
	}
	done = apply.Committed{Revision: out.Revision, Changed: out.Changed, Results: make([]int64, len(out.Results))}
	for i, result := range out.Results {
		if result.ID == "" {
			continue
		}
		if done.Results[i], err = strconv.ParseInt(result.ID, 10, 64); err != nil {
			return done, fmt.Errorf("the server shows an id that is none: %w", err)
		}
	}
	return done, nil
}

// refusal converts the error of a request to an apply.Refusal if it is refused for good.
func refusal(err error) error {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok {
		return err
	}
	switch p.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
		http.StatusUnprocessableEntity:
		return &apply.Refusal{Field: p.Field, Msg: p.Detail, Err: err}
	}
	return err
}
