package admission

import (
	"context"
	"sync"
	"time"

	"cohort/internal/directory"
)

// A SlotsConfig limits how many may be inside at once.
type SlotsConfig struct {
	PerKey   int           // inside at once under one key; 0 means no limit
	Waiting  int           // waiting under one key
	Patience time.Duration // the longest wait
	// Refusal is the error text beyond the limits.
	Refusal string
	// Shared means that the slots belong to no caller, so a refusal is
	// directory.KindUnavailable and not the caller's fault.
	Shared bool
}

// Slots let a few requests at a time in under each key; others wait, oldest first. Only keys
// in use take memory.
type Slots struct {
	config SlotsConfig

	mu    sync.Mutex
	byKey map[string]*slots
}

// slots are the slots of one key. The first in line has the oldest request.
type slots struct {
	inside int
	line   []chan struct{} // closed when its owner may enter; guarded by Slots.mu
}

// NewSlots returns slots that are all free.
func NewSlots(config SlotsConfig) *Slots {
	return &Slots{config: config, byKey: map[string]*slots{}}
}

// Enter waits for a slot of the key. The caller must call leave at least once. Enter fails
// with directory.KindTooMany if too many wait already or the wait is too long (KindUnavailable
// for shared slots), and with directory.KindUnavailable if ctx ends.
func (s *Slots) Enter(ctx context.Context, key string) (leave func(), err error) {
	if s.config.PerKey <= 0 {
		return func() {}, nil
	}
	s.mu.Lock()
	own, ok := s.byKey[key]
	if !ok {
		own = &slots{}
		s.byKey[key] = own
	}
	if own.inside < s.config.PerKey {
		own.inside++
		s.mu.Unlock()
		return s.leave(key, own), nil
	}
	if len(own.line) >= s.config.Waiting {
		s.mu.Unlock()
		return nil, s.refused()
	}
	turn := make(chan struct{})
	own.line = append(own.line, turn)
	s.mu.Unlock()

	timer := time.NewTimer(s.config.Patience)
	defer timer.Stop()
	select {
	case <-turn:
		return s.leave(key, own), nil
	case <-timer.C:
		err = s.refused()
	case <-ctx.Done():
		err = directory.Unavailable(time.Second, "the request was given up before its turn came", ctx.Err())
	}
	if s.giveUp(own, turn) {
		return nil, err
	}
	return s.leave(key, own), nil // the turn came at the same moment
}

// EnterBoth waits for a slot of a key, and then for one of the shared slots.
func EnterBoth(ctx context.Context, own, all *Slots, key string) (leave func(), err error) {
	leaveOwn, err := own.Enter(ctx, key)
	if err != nil {
		return nil, err
	}
	leaveAll, err := all.Enter(ctx, "")
	if err != nil {
		leaveOwn()
		return nil, err
	}
	return func() { leaveAll(); leaveOwn() }, nil
}

// Try is Enter without waiting: ok is false if no slot is free.
func (s *Slots) Try(key string) (leave func(), ok bool) {
	if s.config.PerKey <= 0 {
		return func() {}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	own, known := s.byKey[key]
	if !known {
		own = &slots{}
		s.byKey[key] = own
	}
	if own.inside >= s.config.PerKey {
		return nil, false
	}
	own.inside++
	return s.leave(key, own), true
}

// Refusal returns the error for requests that Try did not let in.
func (s *Slots) Refusal() error { return s.refused() }

func (s *Slots) refused() error {
	e := &directory.Error{Kind: directory.KindTooMany, Msg: s.config.Refusal, RetryAfter: time.Second}
	if s.config.Shared {
		e.Kind = directory.KindUnavailable
	}
	return e
}

// giveUp leaves the line. It returns false if the turn has come meanwhile.
func (s *Slots) giveUp(own *slots, turn chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range own.line {
		if other == turn {
			own.line = append(own.line[:i], own.line[i+1:]...)
			return true
		}
	}
	return false
}

// Inside returns how many are inside under a key.
func (s *Slots) Inside(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if own, ok := s.byKey[key]; ok {
		return own.inside
	}
	return 0
}

// leave returns the function that passes a slot to the first in line, or frees it.
func (s *Slots) leave(key string, own *slots) func() {
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(own.line) > 0 {
			close(own.line[0])
			own.line = own.line[1:]
			return
		}
		if own.inside--; own.inside == 0 {
			delete(s.byKey, key)
		}
	})
}
