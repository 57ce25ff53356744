package pagekit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/internal/console/sentence"
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
func events(q *Request) error {
	cookie, err := q.R.Cookie(CookieName(q.Secure))
	if err != nil {
		return err
	}
	if q.Limits != nil {
		leave, err := q.Limits.Stream(q.R, "s"+sentence.Itoa(q.Session.ID))
		if err != nil {
			q.W.WriteHeader(http.StatusNoContent) // a browser does not come back after this one
			return nil
		}
		defer leave()
	}
	q.Live.Release()
	h := q.W.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	q.W.WriteHeader(http.StatusOK)
	s := eventSender{Request: q, control: http.NewResponseController(q.W), cookie: cookie.Value}
	s.life, s.told = q.Live.Revision()
	if s.send(fmt.Sprintf("retry: %d\n\n", eventsRetry.Milliseconds())) == nil && s.tell() == nil {
		for s.wait() == nil && s.tell() == nil {
		}
	}
	return nil // a reply that has begun ends, and the browser comes back
}

// An eventSender writes events.
type eventSender struct {
	*Request
	control *http.ResponseController
	cookie  string
	life    int64
	told    directory.Revision
}

func (s *eventSender) send(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(eventWrite)) // not every writer has one
	if _, err := s.W.Write([]byte(text)); err != nil {
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
		ctx, cancel := context.WithTimeout(s.Context(), eventsHeartbeat)
		err := s.Live.WaitFor(ctx, s.told+1)
		cancel()
		late := errors.Is(err, context.DeadlineExceeded) && s.Context().Err() == nil
		if err != nil && !late {
			return err
		}
		// A stream lasts longer than what its session may be good for, and listening
		// does not make a session last.
		if _, err := s.People.Look(s.Context(), s.cookie); err != nil {
			return err
		}
		if late {
			if err := s.send(": still here\n\n"); err != nil {
				return err
			}
			continue
		}
		select {
		case <-s.Context().Done():
			return s.Context().Err()
		case <-time.After(eventsPause):
		}
		s.Live.Refresh()
		s.life, s.told = s.Live.Revision()
		return nil
	}
}
