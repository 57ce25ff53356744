package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/state"
	"cohort/internal/store"
)

// Match returns the state that equals what a reader sees of the store; ok is false
// if the caller must open another view. since was published before the view was
// opened. Where no other process writes, Match waits until the writer has published
// what it committed.
func (c *Core) Match(ctx context.Context, r store.Reader, since *state.State) (s *state.State, ok bool, err error) {
	if c.link != nil {
		return c.link.Match(ctx, r, since)
	}
	rev, err := r.Revision(ctx)
	if err != nil {
		return nil, false, err
	}
	return c.published.At(ctx, rev)
}

// Untouched reports whether memory knows that no change touched the rows of these
// users since a revision of an incarnation.
func (c *Core) Untouched(incarnation int64, since directory.Revision, users ...directory.UserID) bool {
	if c.published.Get().Head.Incarnation != incarnation {
		return false
	}
	for _, id := range users {
		if u := c.users.shard(id).lookup(id); u.Rows == nil || u.Rows.TouchedRev > since {
			return false
		}
	}
	return true
}

// Following returns how well this node keeps up with others; ok is false if it
// shares its store with nobody.
func (c *Core) Following() (f replica.Following, ok bool) {
	if c.link == nil {
		return f, false
	}
	return c.link.Following(), true
}

// windowNews tells the writer that another node may have written something with a
// window.
func (c *Core) windowNews() {
	select {
	case c.ticks <- struct{}{}:
	default: // it is told already
	}
}
