package load

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A schedule says when requests are to be sent.
type schedule struct {
	rate   float64 // requests a second; 0 sends the next one when the last is answered
	start  time.Time
	warm   time.Time // from then on it counts
	end    time.Time
	next   atomic.Int64 // request
	sent   atomic.Int64 // requests sent that count
	closed atomic.Int64 // time at which the last worker was through, in Unix ns
}

// grace is how long requests that are late may still be sent after the end.
const grace = 2 * time.Second

func (d *driver) schedule(rate float64, warmUp, duration time.Duration) *schedule {
	start := time.Now()
	warm := start.Add(warmUp)
	return &schedule{rate: rate, start: start, warm: warm, end: warm.Add(duration)}
}

// take gives the number of the next request and the time to send it; ok is
// false if there are no more.
func (s *schedule) take() (i int64, at time.Time, ok bool) {
	i = s.next.Add(1) - 1
	now := time.Now()
	if s.rate == 0 {
		return i, now, now.Before(s.end)
	}
	at = s.start.Add(time.Duration(float64(i) / s.rate * float64(time.Second)))
	return i, at, at.Before(s.end) && now.Before(s.end.Add(grace))
}

// counts reports whether a request of that time is measured.
func (s *schedule) counts(at time.Time) bool { return !at.Before(s.warm) }

// measured is for how long there was measuring.
func (s *schedule) measured() time.Duration {
	until := time.Unix(0, s.closed.Load())
	if s.rate != 0 && until.After(s.end) && s.unsent() == 0 {
		until = s.end
	}
	return max(0, until.Sub(s.warm))
}

// unsent is how many requests should have been sent and were not, as the
// servers were too slow.
func (s *schedule) unsent() int64 {
	if s.rate == 0 {
		return 0
	}
	over := time.Unix(0, s.closed.Load())
	if over.After(s.end) {
		over = s.end
	}
	due := int64(math.Floor(over.Sub(s.warm).Seconds() * s.rate))
	return max(0, due-s.sent.Load()-1)
}

// hold sends the requests of a schedule, and returns how many were answered a
// second.
func (d *driver) hold(ctx context.Context, phase string, s *schedule) (float64, error) {
	d.tally.begin()
	ctx, cancel := context.WithCancel(ctx)
	var workers, others sync.WaitGroup
	others.Go(func() { d.narrate(ctx, phase, s) })
	others.Go(func() { d.watch(ctx, s) })
	for range d.Connections * len(d.nodes) {
		workers.Go(func() { d.work(ctx, s) })
	}
	workers.Wait()
	s.closed.Store(time.Now().UnixNano())
	cancel()
	others.Wait()
	if seconds := s.measured().Seconds(); seconds > 0 {
		return float64(d.tally.count()) / seconds, nil
	}
	return 0, context.Cause(ctx)
}

// work sends requests, one after the other.
func (d *driver) work(ctx context.Context, s *schedule) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		i, at, ok := s.take()
		if !ok {
			return
		}
		if wait := time.Until(at); wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
		}
		if ctx.Err() != nil {
			return
		}
		if s.counts(at) {
			s.sent.Add(1)
		}
		d.request(ctx, i, at, s.counts(at))
	}
}

// narrate tells how the requests go, four times a second.
func (d *driver) narrate(ctx context.Context, phase string, s *schedule) {
	const every = 250 * time.Millisecond
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		p := Progress{Phase: phase, Elapsed: time.Since(s.start), Total: s.end.Sub(s.start)}
		d.tally.addRecent(&p)
		d.tell(p)
	}
}

// watch gauges the servers while the rate is held.
func (d *driver) watch(ctx context.Context, s *schedule) {
	every := min(max(s.end.Sub(s.warm)/60, 200*time.Millisecond), 5*time.Second)
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks.C:
			if s.rate == 0 && d.Rate.Percent > 0 || !s.counts(now) {
				continue
			}
		}
		for _, w := range d.watchers {
			if !w.Seen {
				continue
			}
			if g, err := gauge(ctx, w.url); err == nil {
				w.held = append(w.held, g)
				w.End = g
			}
		}
	}
}
