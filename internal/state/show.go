package state

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// A Cache keeps what users have of their own. It forgets users before the state
// of the change that touched them is published.
type Cache interface {
	Invalidate(touched []store.TouchedUser, by Moment)
	// Follow forgets what else is kept of what the change that led to a state
	// wrote, before the state is published.
	Follow(s *State)
	Drop(by Moment)
}

// Show publishes states in their order, those that are not published yet. The users
// that they touch are forgotten before. The caller holds the lock.
func (p *Published) Show(states []*State, touched []store.TouchedUser) {
	if n := len(states); n > 0 {
		p.Cache.Invalidate(touched, states[n-1].Moment())
	}
	newest := p.Get()
	for _, s := range states {
		if s.Lineage == newest.Lineage && s.Head.Revision == newest.Head.Revision+1 {
			p.Cache.Follow(s)
			p.Set(s)
			if p.Shown != nil {
				p.Shown(s)
			}
			newest = s
		}
	}
}

// Lock makes the caller the one who publishes.
func (p *Published) Lock(ctx context.Context) error { return p.moving.lock(ctx) }

// Unlock lets others publish.
func (p *Published) Unlock() { p.moving.unlock() }

// A turn is a lock that can be waited for as long as a context allows.
type turn chan struct{}

func (t turn) lock(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) unlock() { <-t }

// BuildCatalog makes a catalog of what is stored.
func BuildCatalog(ctx context.Context, r store.Reader) (*resolve.Catalog, error) {
	return resolve.Build(func(yield func(directory.Row) error) error {
		for _, kind := range directory.RowKinds() {
			if !kind.InCatalog() {
				continue
			}
			if err := r.Scan(ctx, kind, yield); err != nil {
				return err
			}
		}
		return nil
	})
}
