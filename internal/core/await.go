package core

import (
	"context"
	"time"

	"cohort/internal/directory"
)

const (
	// waitForRevision is how long an answer waits for a revision.
	waitForRevision = 2 * time.Second
	// farAhead is how many revisions ahead of the newest one a revision can be
	// that somebody was told of, and not made up.
	farAhead = 10_000
)

// Await returns when an answer can be as new as is asked for. A revision that is
// not there in time, and the newest one while the store cannot be reached, are
// unavailable; one of another life of the directory is stale.
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

// Stale says how long ago what memory answers was known to be the newest, in
// whole seconds, if that is long enough to say so with an answer; ok is false
// otherwise, and always if no other process writes to the store.
func (c *Core) Stale() (seconds int64, ok bool) {
	if c.link == nil {
		return 0, false
	}
	return c.link.Stale()
}
