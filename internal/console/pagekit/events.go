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

// Times of the stream of events. They are real time, whatever the injected clock says.
const (
	eventsRetry     = 2 * time.Second  // until a browser reconnects after the stream ends
	eventsPause     = time.Second      // between two events, so that many changes at once are one event
	eventsHeartbeat = 15 * time.Second // how often the session is checked without changes
	eventWrite      = 10 * time.Second // limit for writing one event
)

// events sends a page the revisions of the directory, and nothing else. The stream ends with
// the session. A session with too many streams gets no more; that is no error, since its pages
// still work.
func events(q *Request) error {
	cookie, err := q.R.Cookie(CookieName(q.Secure))
	if err != nil {
		return err
	}
	if q.Limits != nil {
		leave, err := q.Limits.Stream(q.R, "s"+sentence.Itoa(q.Session.ID))
		if err != nil {
			q.W.WriteHeader(http.StatusNoContent) // a browser does not reconnect after this status
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
	return nil // the reply has begun, so it only ends, and the browser reconnects
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
	_ = s.control.SetWriteDeadline(time.Now().Add(eventWrite)) // not every writer supports deadlines
	if _, err := s.W.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// tell sends the revision of the directory.
func (s *eventSender) tell() error {
	return s.send(fmt.Sprintf("event: revision\ndata: %d-%d\n\n", s.life, s.told))
}

// wait returns after the directory has changed and a pause has passed, or with an error when
// the stream has to end.
func (s *eventSender) wait() error {
	for {
		ctx, cancel := context.WithTimeout(s.Context(), eventsHeartbeat)
		err := s.Live.WaitFor(ctx, s.told+1)
		cancel()
		late := errors.Is(err, context.DeadlineExceeded) && s.Context().Err() == nil
		if err != nil && !late {
			return err
		}
		// A stream can outlive its session, and listening does not extend the session.
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
