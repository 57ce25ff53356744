package core

import (
	"context"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// keptStates is how many of the last states can still be found by revision: a
// read that took its rows from the database a moment ago needs the catalog of
// that very revision.
const keptStates = 256

// published is the newest state, for readers that never lock, and the few
// before it.
type published struct {
	newest atomic.Pointer[state]

	mu     sync.Mutex
	recent [keptStates]*state // by revision modulo keptStates
	moved  chan struct{}      // closed and replaced at every set
}

func (p *published) get() *state { return p.newest.Load() }

func (p *published) set(s *state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.catalogRev = s.head.Revision
	if before := p.newest.Load(); before != nil && before.catalog == s.catalog {
		s.catalogRev = before.catalogRev
	}
	p.recent[s.head.Revision%keptStates] = s
	p.newest.Store(s)
	if p.moved != nil {
		close(p.moved)
	}
	p.moved = make(chan struct{})
}

// find returns the state of a head, if it is still known. Where it was worked
// out from records, it gets the counts and next ids that the head has.
func (p *published) find(head *store.Head) *state {
	s := p.get()
	if s.head == *head {
		return s
	}
	p.mu.Lock()
	s = p.recent[head.Revision%keptStates]
	p.mu.Unlock()
	switch {
	case s == nil || s.head.Revision != head.Revision || s.head.Incarnation != head.Incarnation || s.head.Hash != head.Hash:
		return nil
	case s.head == *head:
		return s
	}
	whole := *s
	whole.head = *head
	return &whole
}

// has reports whether a state of a revision is still known.
func (p *published) has(rev directory.Revision) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.recent[rev%keptStates]
	return s != nil && s.head.Revision == rev
}

// of returns the state of a revision in a lineage, or nil if it is not known any
// more.
func (p *published) of(rev directory.Revision, lineage uint64) *state {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.recent[rev%keptStates]; s != nil && s.head.Revision == rev && s.lineage == lineage {
		return s
	}
	return nil
}

// restart publishes the first state of another lineage, and forgets all others.
func (p *published) restart(s *state) {
	p.mu.Lock()
	clear(p.recent[:])
	p.mu.Unlock()
	p.set(s)
}

// at returns the state of a revision, waiting for it if it is still to be
// published; ok is false if it is too long ago.
func (p *published) at(ctx context.Context, rev directory.Revision) (s *state, ok bool, err error) {
	for {
		p.mu.Lock()
		s, moved := p.recent[rev%keptStates], p.moved
		p.mu.Unlock()
		switch newest := p.get(); {
		case s != nil && s.head.Revision == rev:
			return s, true, nil
		case newest.head.Revision >= rev:
			return nil, false, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}
