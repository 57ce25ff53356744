package core

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"cohort/internal/state"
	"cohort/internal/store"
)

// silence is how long the store may take to say where it stands before it
// counts as unreachable.
const silence = 3 * time.Second

// follow keeps this node level with a store that others write to, until ctx is
// done. Whoever opens a view of the store brings the published states level
// with it (see level); the follower only opens one often enough.
func (c *Core) follow(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	if c.link.Watch != nil {
		watching.Go(func() { c.watch(ctx) })
	}
	was := error(nil)
	for {
		err := c.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		c.report(was, err)
		was = err
		timer := time.NewTimer(jitter(c.link.PollEvery))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.link.nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// jitter is a little less than a time, so that nodes do not ask in step.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/4+1) }

// report says once that the follower fails, and once that it goes on.
func (c *Core) report(was, is error) {
	switch {
	case is != nil && was == nil:
		c.opt.Log.Warn("cannot follow the database", "error", is.Error())
	case is == nil && was != nil:
		c.opt.Log.Info("following the database again", "revision", int64(c.Head().Revision))
	}
}

// Pauses between attempts to watch.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// watch keeps listening for what is new. After every try the follower looks:
// what was said while nobody listened is lost.
func (c *Core) watch(ctx context.Context) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		began := time.Now()
		err := c.link.Watch(ctx, c.link.wake)
		if err == nil || ctx.Err() != nil {
			return
		}
		c.link.reconnects.Add(1)
		c.link.wake()
		c.opt.Log.Debug("not listening to the database", "error", err.Error())
		if time.Since(began) > 2*maxPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(jitter(pause)):
		}
	}
}

// poll brings this node level with the store.
func (c *Core) poll(ctx context.Context) error {
	for {
		err := c.look(ctx)
		switch {
		case errors.Is(err, errOldView):
			continue
		case errors.Is(err, state.ErrDiverged):
			if err := c.diverge(ctx); err != nil {
				return err
			}
			continue
		}
		return err
	}
}

// look opens a view of the store and brings this node level with it.
func (c *Core) look(ctx context.Context) error {
	l, began := c.link, c.opt.Now()
	since := c.published.Get()
	reached := false
	answered := l.expectAnswer()
	defer answered()
	err := l.store.Read(ctx, func(r store.Reader) error {
		head, err := r.Head(ctx)
		if err != nil {
			return err
		}
		answered()
		reached = true
		l.down.Store(nil)
		l.lag.Store(max(0, int64(head.Revision-c.published.Get().Head.Revision)))
		_, err = c.levelWith(ctx, r, head, since)
		return err
	})
	switch {
	case err == nil:
		l.confirm(began)
		l.lag.Store(0)
	case !reached && ctx.Err() == nil:
		l.lose(err)
	}
	return err
}

// diverge raises the incarnation of a directory whose history was cut off and
// went on another way: what this node has said about its last revisions is not
// true of those that have their numbers now. It is done once, however many
// nodes see it: those that come later find another incarnation.
func (c *Core) diverge(ctx context.Context) error {
	mine := c.published.Get()
	raised := false
	err := c.link.store.Write(ctx, func(tx store.Tx) error {
		head, err := tx.Head(ctx)
		if err != nil {
			return err
		}
		same, err := store.Precedes(ctx, tx, mine.Head, head)
		if err != nil || same || head.Incarnation != mine.Head.Incarnation {
			return err
		}
		raised = true
		head.Incarnation++
		return tx.Append(ctx, store.Commit{Head: head})
	})
	if err != nil {
		return fmt.Errorf("raise the incarnation: %w", err)
	}
	if raised {
		c.opt.Log.Error("the database has another history than before: its incarnation is raised", "revision", int64(mine.Head.Revision))
	}
	return nil
}

// A Following is how well this node keeps up with a store that it shares.
type Following struct {
	Lag        int64         // revisions that were missing when the store was last asked
	Age        time.Duration // since what is published was known to be the newest
	CaughtUp   time.Duration // that catching up took the last time
	Rebuilds   int64         // times that the directory was read anew
	Reconnects int64         // times that watching was interrupted
}

// Following is how well this node keeps up; ok is false if it shares its store
// with nobody.
func (c *Core) Following() (f Following, ok bool) {
	l := c.link
	if l == nil {
		return f, false
	}
	return Following{
		Lag: l.lag.Load(), Age: l.age(), CaughtUp: time.Duration(l.caughtUp.Load()),
		Rebuilds: l.rebuilds.Load(), Reconnects: l.reconnects.Load(),
	}, true
}
