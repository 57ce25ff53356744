package core

import (
	"context"
	"errors"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store"
)

// Ready reports whether reads are answered; stale says that memory answers
// because the store cannot be reached.
func (c *Core) Ready(ctx context.Context) (stale bool, err error) {
	if err := c.broken.Load(); err != nil {
		return false, *err
	}
	if c.link != nil {
		return c.link.Refuse() != nil, c.link.TooOld()
	}
	return false, c.store.Read(ctx, func(r store.Reader) error {
		_, err := r.Head(ctx)
		return err
	})
}

// Away is the error of whatever needs the store while it cannot be reached; nil
// if it can, and always if no other process writes to it.
func (c *Core) Away() error {
	if c.link == nil {
		return nil
	}
	return c.link.Refuse()
}

const (
	// trialLife is how long it is believed that the store could, or could not, be
	// written: whoever asks must not be able to keep the head locked.
	trialLife = 2 * time.Second
	// trialTime is how long a trial may take.
	trialTime = 3 * time.Second
)

// A trial finds out whether the store can be written, for all who ask at once.
type trial struct {
	mu      sync.Mutex
	at      time.Time // of the last one that is over
	err     error
	running chan struct{} // closed when the one that is under way is over
}

// Writable reports whether changes can be made.
func (c *Core) Writable(ctx context.Context) error {
	if err := c.cannotWrite(); err != nil {
		return err
	}
	t := &c.trial
	t.mu.Lock()
	if t.running == nil && !t.at.IsZero() && c.opt.Now().Sub(t.at) < trialLife {
		defer t.mu.Unlock()
		return t.err
	}
	if t.running == nil {
		t.running = make(chan struct{})
		go c.try(context.WithoutCancel(ctx), t)
	}
	running := t.running
	t.mu.Unlock()
	timer := time.NewTimer(trialTime)
	defer timer.Stop()
	select {
	case <-running:
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.err
	case <-timer.C:
		return directory.Unavailable(replica.RetryDown, "the database does not take writes", errors.New("it takes too long"))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A tryWriter is a store that knows how to try whether it can be written, where a
// transaction without a write would not tell.
type tryWriter interface {
	TryWriting(ctx context.Context) error
}

// try writes nothing new, as durably as a change.
func (c *Core) try(ctx context.Context, t *trial) {
	var err error
	if s, ok := c.store.(tryWriter); ok {
		err = s.TryWriting(ctx)
	} else {
		err = c.store.Write(ctx, func(tx store.Tx) error {
			_, err := tx.Head(ctx)
			return err
		})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at, t.err = c.opt.Now(), err
	close(t.running)
	t.running = nil
}
