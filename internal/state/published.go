package state

import (
	"context"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// RecentStates is how many of the last states can still be found by revision: a
// read that took its rows from the database a moment ago needs the catalog of
// that very revision.
const RecentStates = 256

// Published is the newest state, for readers that never lock, and the few
// before it.
type Published struct {
	Cache  Cache
	Shown  func(*State) // learns of every state that Show publishes; nil if nobody wants to
	newest atomic.Pointer[State]
	moving turn // held by whoever publishes

	mu     sync.Mutex
	recent [RecentStates]*State // by revision modulo RecentStates
	moved  chan struct{}        // closed and replaced at every set
}

// NewPublished is nothing published yet.
func NewPublished(cache Cache) *Published { return &Published{Cache: cache, moving: make(turn, 1)} }

// Get returns the newest state.
func (p *Published) Get() *State { return p.newest.Load() }

// Set publishes a state, which may be changed no more.
func (p *Published) Set(s *State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.CatalogRev = s.Head.Revision
	if before := p.newest.Load(); before != nil && before.Catalog == s.Catalog {
		s.CatalogRev = before.CatalogRev
	}
	if s.Forgets {
		p.forget(s)
	}
	p.recent[s.Head.Revision%RecentStates] = s
	p.newest.Store(s)
	if p.moved != nil {
		close(p.moved)
	}
	p.moved = make(chan struct{})
}

// forget keeps the writes of no state up to one any more: they show what that one takes
// out of the records.
func (p *Published) forget(s *State) {
	s.Writes = nil
	for i, kept := range p.recent {
		if kept != nil {
			bare := *kept
			bare.Writes = nil
			p.recent[i] = &bare
		}
	}
}

// Find returns the state of a head, if it is still known. Where it was worked
// out from records, it gets the counts and next ids that the head has.
func (p *Published) Find(head *store.Head) *State {
	s := p.Get()
	if s.Head == *head {
		return s
	}
	p.mu.Lock()
	s = p.recent[head.Revision%RecentStates]
	p.mu.Unlock()
	switch {
	case s == nil || s.Head.Revision != head.Revision || s.Head.Incarnation != head.Incarnation ||
		s.Head.Hash != head.Hash:
		return nil
	case s.Head == *head:
		return s
	}
	whole := *s
	whole.Head = *head
	return &whole
}

// Has reports whether a state of a revision is still known.
func (p *Published) Has(rev directory.Revision) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.recent[rev%RecentStates]
	return s != nil && s.Head.Revision == rev
}

// Of returns the state of a revision in a lineage, or nil if it is not known any
// more.
func (p *Published) Of(rev directory.Revision, lineage uint64) *State {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.recent[rev%RecentStates]; s != nil && s.Head.Revision == rev && s.Lineage == lineage {
		return s
	}
	return nil
}

// Restart publishes the first state of another lineage, and forgets all others,
// and all users.
func (p *Published) Restart(s *State) {
	p.Cache.Drop(s.Moment())
	p.mu.Lock()
	clear(p.recent[:])
	p.mu.Unlock()
	p.Set(s)
}

// At returns the state of a revision, waiting for it if it is still to be
// published; ok is false if it is too long ago.
func (p *Published) At(ctx context.Context, rev directory.Revision) (s *State, ok bool, err error) {
	for {
		p.mu.Lock()
		s, moved := p.recent[rev%RecentStates], p.moved
		p.mu.Unlock()
		switch newest := p.Get(); {
		case s != nil && s.Head.Revision == rev:
			return s, true, nil
		case newest.Head.Revision >= rev:
			return nil, false, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}
