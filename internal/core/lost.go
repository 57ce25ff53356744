package core

import (
	"context"
	"errors"
	"time"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// maxTries is how often a batch is run that the store refuses for reasons of
// its own.
const maxTries = 6

// attempt is transact, but for a store that is shared and elsewhere: what it
// refuses for the sake of others is run again, and after a lost commit it is
// asked what became of it.
func (c *Core) attempt(ctx context.Context, batch []*job) (done transacted, err error) {
	for try := range maxTries {
		done, err = c.transact(ctx, batch)
		switch {
		case c.link == nil || err == nil:
			return done, err
		case errors.Is(err, store.ErrCommitUnknown):
			c.opt.Log.Warn("a commit was lost; looking for its change", "error", err.Error())
			happened, err := c.confirmCommit(ctx, done.planned)
			if err != nil || happened {
				return done, err
			}
		case errors.Is(err, errRebuild), errors.Is(err, state.ErrDiverged), errors.Is(err, errOldView):
			if err := c.poll(ctx); err != nil {
				return done, err
			}
		case errors.Is(err, store.ErrAgain):
			c.pause(jitter(4 * time.Millisecond << try))
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

// Pauses between attempts to find out what became of a commit.
const (
	firstConfirm = 50 * time.Millisecond
	maxConfirm   = 2 * time.Second
)

// confirmCommit finds out whether the changes of a lost commit were made. They were
// all made or none, so the last one decides.
func (c *Core) confirmCommit(ctx context.Context, planned []directory.ChangeHeader) (happened bool, err error) {
	type answer struct {
		happened bool
		err      error
	}
	deadline := time.NewTimer(c.link.LostFor)
	defer deadline.Stop()
	for wait := firstConfirm; ; wait = min(2*wait, maxConfirm) {
		answered := make(chan answer, 1)
		go func() {
			happened, err := c.lookFor(ctx, planned)
			answered <- answer{happened, err}
		}()
		select {
		case a := <-answered:
			if a.err == nil {
				return a.happened, nil
			}
			err = a.err
			c.link.wake()
		case <-deadline.C: // it may wait for a standby for ever
			return false, errLost(err)
		}
		pause := time.NewTimer(jitter(wait))
		select {
		case <-pause.C:
		case <-deadline.C:
			return false, errLost(err)
		case <-c.closing:
			return false, errLost(err)
		}
	}
}

// errLost says that nobody knows whether a change was made.
func errLost(cause error) error {
	return &directory.Error{
		Kind: directory.KindUnavailable, RetryAfter: retryDown, Err: errors.Join(directory.ErrOutcomeUnknown, store.ErrCommitUnknown, cause),
		Msg: "the database was lost while it wrote, and whether the change was made is not known: look for it before you send it again",
	}
}

// lookFor asks the store whether the last of some changes is there. It locks
// the head, so it waits for a transaction that is still under way there; and as
// a lock is written, its own commit waits for the standby, if there is one:
// what is found, and whose finding is committed without another word, is
// durable.
func (c *Core) lookFor(ctx context.Context, planned []directory.ChangeHeader) (found bool, err error) {
	err = c.link.store.Write(ctx, func(tx store.Tx) error {
		found = false
		if len(planned) == 0 {
			return nil
		}
		last := planned[len(planned)-1]
		return tx.Records(ctx, last.Revision-1, nil, 1, func(rec store.Record) error {
			found = rec.Header.Revision == last.Revision && rec.Header.ChangeID == last.ChangeID
			return nil
		})
	})
	return found, err
}
