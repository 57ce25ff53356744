package core

import (
	"context"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A windowClock tells the writer when the next window opens or closes. Reads
// never wait for it: they decide by the clock themselves. It is for streams and
// caches, which learn of passing time by a change. Only the writer uses it.
type windowClock struct {
	known bool
	next  directory.Instant // 0 is never
}

// due reports whether a window has opened or closed since the last change.
func (c *windowClock) due(ctx context.Context, r store.Reader, since, now directory.Instant) (bool, error) {
	if c.known && c.next != 0 && c.next <= since {
		c.forget() // another process was faster
	}
	if !c.known {
		next, err := r.NextBoundary(ctx, since)
		if err != nil {
			return false, err
		}
		c.known, c.next = true, next
	}
	return c.next != 0 && c.next <= now, nil
}

// forget is called when a row with a window was written, or time has passed.
func (c *windowClock) forget() { c.known = false }

// postpone tries again in a while, after a failure.
func (c *windowClock) postpone(now directory.Instant) {
	c.known, c.next = true, now+directory.Instant(retryClock/time.Millisecond)
}

// retryClock is how long the writer waits before it tries again to record that
// time has passed.
const retryClock = 5 * time.Second

// alarm fires when the next window opens or closes; nil never does.
func (c *windowClock) alarm(now directory.Instant) (<-chan time.Time, func()) {
	if !c.known || c.next == 0 {
		return nil, func() {}
	}
	t := time.NewTimer(time.Duration(max(0, c.next-now)) * time.Millisecond)
	return t.C, func() { t.Stop() }
}
