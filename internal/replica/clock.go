package replica

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// askClockEvery is how often the clock of the database is asked.
const askClockEvery = 5 * time.Second

// A Clock says what time it is in the database, so that all nodes date changes
// alike, whatever their own clocks say. It asks now and then; in between, and
// while the database is away, it goes on as time does.
type Clock struct {
	ask   func(context.Context) (time.Time, error)
	start time.Time
	ahead atomic.Int64 // of the database, against the time since start, in nanoseconds
}

// NewClock asks the database for the time.
func NewClock(ctx context.Context, ask func(context.Context) (time.Time, error)) (*Clock, error) {
	c := &Clock{ask: ask, start: time.Now()}
	return c, c.set(ctx)
}

// Now is the time in the database.
func (c *Clock) Now() time.Time { return time.Unix(0, c.ahead.Load()+int64(time.Since(c.start))) }

// set asks for the time. What the question took is halved: the answer is of some
// moment in between.
func (c *Clock) set(ctx context.Context) error {
	before := time.Since(c.start)
	now, err := c.ask(ctx)
	if err != nil {
		return err
	}
	c.ahead.Store(now.UnixNano() - int64(before+time.Since(c.start))/2)
	return nil
}

// Keep asks until ctx is done.
func (c *Clock) Keep(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(askClockEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.set(ctx); err != nil && ctx.Err() == nil {
			log.Warn("the clock of the database cannot be asked; time goes on as it was", "error", err.Error())
		}
	}
}
