package core

import (
	"context"
	"errors"
	"time"

	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/state"
	"cohort/internal/store"
)

// maxTries is how often a batch is run that the store refuses for reasons of
// its own.
const maxTries = 6

// attempt is transact for a store that is remote and shared: it repeats
// transactions that were refused because of others, and after a lost commit it asks
// for the outcome.
func (c *Core) attempt(ctx context.Context, batch []*job) (done transacted, err error) {
	for try := range maxTries {
		done, err = c.transact(ctx, batch)
		switch {
		case c.link == nil || err == nil:
			return done, err
		case errors.Is(err, store.ErrCommitUnknown):
			c.opt.Log.Warn("a commit was lost; looking for its change", "error", err.Error())
			happened, err := c.link.Confirm(ctx, done.planned, c.closing)
			if err != nil || happened {
				return done, err
			}
		case errors.Is(err, replica.ErrRebuild), errors.Is(err, state.ErrDiverged), errors.Is(err, replica.ErrOldView):
			if err := c.link.Poll(ctx); err != nil {
				return done, err
			}
		case errors.Is(err, store.ErrAgain):
			c.pause(replica.Jitter(4 * time.Millisecond << try))
		default:
			return done, err
		}
	}
	return done, directory.Unavailable(time.Second, "the database is busy; nothing was changed, try again", err)
}

// pause waits a while, unless the core is closing.
func (c *Core) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.closing:
	}
}
