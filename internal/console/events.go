package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/internal/directory"
)

// Times of the stream of events. They are real time, whatever the clock says.
const (
	eventsRetry     = 2 * time.Second  // after which a browser comes back when the stream ends
	eventsPause     = time.Second      // between two events: many changes at once are one event
	eventsHeartbeat = 15 * time.Second // how often the session is looked at while nothing happens
	eventWrite      = 10 * time.Second // for one event to be taken
)

// events tells a page that the directory has changed: revisions, and nothing
// else. It ends with the session. A session that has too many streams open gets no
// more, which is no error: its pages are as they were loaded.
func events(q *request) error {
	cookie, err := q.r.Cookie(CookieName(q.Secure))
	if err != nil {
		return err
	}
	if q.Limits != nil {
		leave, err := q.Limits.Stream(q.r, "s"+itoa(q.session.ID))
		if err != nil {
			q.w.WriteHeader(http.StatusNoContent) // a browser does not come back after this one
			return nil
		}
		defer leave()
	}
	q.live.Release()
	h := q.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	q.w.WriteHeader(http.StatusOK)
	s := eventSender{request: q, control: http.NewResponseController(q.w), cookie: cookie.Value}
	s.life, s.told = q.live.Revision()
	if s.send(fmt.Sprintf("retry: %d\n\n", eventsRetry.Milliseconds())) == nil && s.tell() == nil {
		for s.wait() == nil && s.tell() == nil {
		}
	}
	return nil // a reply that has begun ends, and the browser comes back
}

// An eventSender writes events.
type eventSender struct {
	*request
	control *http.ResponseController
	cookie  string
	life    int64
	told    directory.Revision
}

func (s *eventSender) send(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(eventWrite)) // not every writer has one
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// tell says at which revision the directory is.
func (s *eventSender) tell() error {
	return s.send(fmt.Sprintf("event: revision\ndata: %d-%d\n\n", s.life, s.told))
}

// wait returns when the directory has changed and a moment has passed, or with
// an error when nobody is to be told any more.
func (s *eventSender) wait() error {
	for {
		ctx, cancel := context.WithTimeout(s.ctx(), eventsHeartbeat)
		err := s.live.WaitFor(ctx, s.told+1)
		cancel()
		late := errors.Is(err, context.DeadlineExceeded) && s.ctx().Err() == nil
		if err != nil && !late {
			return err
		}
		// A stream lasts longer than what its session may be good for, and listening
		// does not make a session last.
		if _, err := s.People.Look(s.ctx(), s.cookie); err != nil {
			return err
		}
		if late {
			if err := s.send(": still here\n\n"); err != nil {
				return err
			}
			continue
		}
		select {
		case <-s.ctx().Done():
			return s.ctx().Err()
		case <-time.After(eventsPause):
		}
		s.live.Refresh()
		s.life, s.told = s.live.Revision()
		return nil
	}
}
