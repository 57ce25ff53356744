package native

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/httpkit"
)

const (
	streamPage  = 100                    // changes read at a time
	streamRetry = 500 * time.Millisecond // after which a client reconnects
	streamWrite = 10 * time.Second       // for the client to read one event
)

// stream sends committed changes as server-sent events. The id of an event is its revision, so
// a client that reconnects with Last-Event-ID misses none. A stream ends with the server or
// with the validity of the token; then the client reconnects.
func (a *api) stream(q *request) error {
	after, err := q.streamStart()
	if err != nil {
		return err
	}
	// The permission is checked before anything is sent.
	list, err := history.Changes(q.ctx(), q.dir, directory.ChangeQuery{After: after, Limit: streamPage})
	if err != nil {
		return err
	}
	if q.Limits != nil {
		leave, err := q.Limits.Stream(q.r, "")
		if err != nil {
			return err
		}
		defer leave()
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	q.showRevision()
	q.w.WriteHeader(http.StatusOK)
	if q.r.Method == http.MethodHead {
		return nil // nothing was sent and nothing can be
	}
	s := sender{request: q, control: http.NewResponseController(q.w), after: after}
	if err := s.send("retry: %d\n\n", streamRetry.Milliseconds()); err != nil {
		return nil // the client is gone
	}
	for s.changes(list) == nil {
		if list, err = s.wait(); err != nil {
			return nil // a reply that has begun just ends, and the client reconnects
		}
	}
	return nil
}

// streamStart returns the revision after which a stream begins: that of the last event seen,
// or the requested one, or the current one.
func (q *request) streamStart() (directory.Revision, error) {
	if text := q.r.Header.Get("Last-Event-ID"); text != "" {
		return q.revisionOf("Last-Event-ID", text)
	}
	if text := q.query.Get("after"); text != "" {
		return q.revisionOf("after", text)
	}
	_, rev := q.dir.Revision()
	return rev, nil
}

// A sender writes events.
type sender struct {
	*request
	control *http.ResponseController
	after   directory.Revision
}

func (s *sender) send(format string, args ...any) error {
	// Deadlines of connections use real time, whatever the clock says. A writer without
	// deadlines does not block either.
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite))
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.control.Flush()
}

func (s *sender) changes(list []directory.CommittedChange) error {
	incarnation, _ := s.dir.Revision()
	for i := range list {
		body, err := s.showChange(&list[i])
		if err != nil {
			return err
		}
		data, err := httpkit.Encode(body)
		if err != nil {
			return err
		}
		if err := s.send("id: %d-%d\nevent: change\ndata: %s\n\n", incarnation, list[i].Revision, data); err != nil {
			return err
		}
		s.after = list[i].Revision
	}
	return nil
}

// wait returns the next changes, and writes heartbeats while there are none.
func (s *sender) wait() ([]directory.CommittedChange, error) {
	for {
		// A stream may outlast its token.
		if _, err := s.Sessions.Authenticate(s.ctx(), s.token); err != nil {
			return nil, err
		}
		s.dir.Refresh()
		list, err := history.Changes(s.ctx(), s.dir, directory.ChangeQuery{After: s.after, Limit: streamPage})
		if err != nil || len(list) > 0 {
			return list, err
		}
		ctx, cancel := context.WithTimeout(s.ctx(), s.Heartbeat)
		err = s.dir.WaitFor(ctx, s.after+1)
		cancel()
		switch {
		case s.ctx().Err() != nil:
			return nil, s.ctx().Err()
		case errors.Is(err, context.DeadlineExceeded):
			if err := s.send(": still here\n\n"); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		}
	}
}
