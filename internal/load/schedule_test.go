package load

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRequestsAreDueAtFixedTimesWhateverBecomesOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &driver{}
		s := d.schedule(4, time.Second, 2*time.Second)
		for i := range 12 {
			n, at, ok := s.take()
			if want := s.start.Add(time.Duration(i) * 250 * time.Millisecond); !ok || n != int64(i) || !at.Equal(want) {
				t.Errorf("request %d: %d at %v, want %v", i, n, at, want)
			}
			if s.counts(at) != (i >= 4) {
				t.Errorf("request %d counts: %v", i, s.counts(at))
			}
			if s.counts(at) {
				s.sent.Add(1)
			}
		}
		if _, _, ok := s.take(); ok {
			t.Error("there is one after the end")
		}
		s.closed.Store(s.end.UnixNano())
		if s.unsent() != 0 || s.measured() != 2*time.Second {
			t.Errorf("%d were not sent in %v", s.unsent(), s.measured())
		}
	})
}

func TestWhatWasDueAndNeverSentIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &driver{}
		s := d.schedule(100, 0, time.Second)
		s.take()
		s.sent.Add(1)
		<-time.After(time.Second + grace + time.Millisecond) // the one worker waits for its answer
		if _, _, ok := s.take(); ok {
			t.Error("it is sent long after the end")
		}
		s.closed.Store(time.Now().UnixNano())
		if got := s.unsent(); got < 97 || got > 99 {
			t.Errorf("%d were not sent, want 98 or 99", got)
		}
	})
}
