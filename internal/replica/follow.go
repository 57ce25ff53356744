package replica

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

// Follow keeps this node level with a store that others write to, until ctx is
// done. Opening a view of the store brings the published states level with it (see
// level); the follower only opens one often enough.
func (l *Node) Follow(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	if l.Watch != nil {
		watching.Go(func() { l.watch(ctx) })
	}
	was := error(nil)
	for {
		err := l.Poll(ctx)
		if ctx.Err() != nil {
			return
		}
		l.report(was, err)
		was = err
		timer := time.NewTimer(Jitter(l.PollEvery))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-l.nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Jitter is a little less than a time, so that nodes do not ask in step.
func Jitter(d time.Duration) time.Duration { return d - rand.N(d/4+1) }

// report says once that the follower fails, and once that it goes on.
func (l *Node) report(was, is error) {
	switch {
	case is != nil && was == nil:
		l.log.Warn("cannot follow the database", "error", is.Error())
	case is == nil && was != nil:
		l.log.Info("following the database again", "revision", int64(l.published.Get().Head.Revision))
	}
}

// Pauses between attempts to watch.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// watch keeps listening for what is new. After every try the follower looks:
// notices sent while it was not listening are lost.
func (l *Node) watch(ctx context.Context) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		began := time.Now()
		err := l.Watch(ctx, l.wake)
		if err == nil || ctx.Err() != nil {
			return
		}
		l.reconnects.Add(1)
		l.wake()
		l.log.Debug("not listening to the database", "error", err.Error())
		if time.Since(began) > 2*maxPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(Jitter(pause)):
		}
	}
}

// Poll brings this node level with the store.
func (l *Node) Poll(ctx context.Context) error {
	for {
		err := l.look(ctx)
		switch {
		case errors.Is(err, ErrOldView):
			continue
		case errors.Is(err, state.ErrDiverged):
			if err := l.diverge(ctx); err != nil {
				return err
			}
			continue
		}
		return err
	}
}

// look opens a view of the store and brings this node level with it.
func (l *Node) look(ctx context.Context) error {
	began := l.now()
	since := l.published.Get()
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
		l.lag.Store(max(0, int64(head.Revision-l.published.Get().Head.Revision)))
		_, err = l.levelWith(ctx, r, head, since)
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

// diverge raises the incarnation of a directory whose history was truncated and
// continued differently: this node's statements about its last revisions do not
// hold for the revisions that have their numbers now. It is done once, however many
// nodes see it: those that come later find another incarnation.
func (l *Node) diverge(ctx context.Context) error {
	mine := l.published.Get()
	raised := false
	err := l.store.Write(ctx, func(tx store.Tx) error {
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
		l.log.Error("the database has another history than before: its incarnation is raised", "revision",
			int64(mine.Head.Revision))
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

// Following is how well this node keeps up.
func (l *Node) Following() Following {
	return Following{
		Lag: l.lag.Load(), Age: l.age(), CaughtUp: time.Duration(l.caughtUp.Load()),
		Rebuilds: l.rebuilds.Load(), Reconnects: l.reconnects.Load(),
	}
}
