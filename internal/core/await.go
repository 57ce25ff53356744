package core

import (
	"context"
	"time"

	"cohort/internal/directory"
)

const (
	// waitForRevision is how long an answer waits for a revision.
	waitForRevision = 2 * time.Second
	// farAhead is how many revisions ahead of the newest known one a revision can
	// be that another node told; one further ahead is made up.
	farAhead = 10_000
)

// Await returns when answers are as new as the request asks. The error is
// unavailable if the revision does not come in time, or if the request asks for
// the newest while the store is out of reach; it is stale for a revision of
// another incarnation.
func (c *Core) Await(ctx context.Context, f directory.Freshness) error {
	if f.Strong && c.link != nil {
		if err := c.link.Refuse(); err != nil {
			return err
		}
		if err := c.link.Poll(ctx); err != nil {
			return err
		}
	}
	if f.Revision == 0 && f.Incarnation == 0 {
		return nil
	}
	newest := c.published.Get()
	if f.Incarnation == newest.Head.Incarnation || f.Incarnation == 0 {
		if f.Revision <= newest.Head.Revision {
			return nil
		}
	}
	if c.link != nil {
		if err := c.link.Refuse(); err != nil {
			return err
		}
		if err := c.link.Poll(ctx); err != nil { // another node may have restarted, or be ahead
			return err
		}
		newest = c.published.Get()
	}
	if f.Incarnation != 0 && f.Incarnation != newest.Head.Incarnation || f.Revision > newest.Head.Revision+farAhead {
		return directory.ForeignRevision(directory.FieldMinRevision)
	}
	waiting, cancel := context.WithTimeout(ctx, waitForRevision)
	defer cancel()
	if _, _, err := c.published.At(waiting, f.Revision); err != nil && ctx.Err() == nil {
		return directory.Unavailable(time.Second, "the directory has not reached the revision of "+directory.FieldMinRevision,
			err)
	}
	return ctx.Err()
}

// Stale returns how many whole seconds ago the state in memory was known to be the
// newest. ok is false if that is too short to mention in an answer, or if no other
// process writes to the store.
func (c *Core) Stale() (seconds int64, ok bool) {
	if c.link == nil {
		return 0, false
	}
	return c.link.Stale()
}
