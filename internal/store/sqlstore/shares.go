package sqlstore

import (
	"context"
	"slices"
	"sync"

	"cohort/internal/directory"
)

// shares decides who gets one of a few connections. Among those who wait, the user who has the
// fewest is next, and then who came first. No user has all of them: whatever one reads,
// another finds a connection.
type shares struct {
	most int

	mu    sync.Mutex
	taken int
	held  map[directory.UserID]int
	line  []*waiter // oldest first
}

// A waiter is told when it has a share.
type waiter struct {
	user directory.UserID
	has  chan struct{}
}

func newShares(most int) *shares { return &shares{most: most, held: map[directory.UserID]int{}} }

// take waits for a share, as long as the context allows. The program itself, which is user 0,
// may have all of them.
func (s *shares) take(ctx context.Context, user directory.UserID) error {
	s.mu.Lock()
	if s.may(user) {
		s.grant(user)
		s.mu.Unlock()
		return nil
	}
	w := &waiter{user, make(chan struct{})}
	s.line = append(s.line, w)
	s.mu.Unlock()
	select {
	case <-w.has:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	i := slices.Index(s.line, w)
	if i >= 0 {
		s.line = slices.Delete(s.line, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 { // it came at the same moment
		s.give(user)
	}
	return ctx.Err()
}

// give takes a share back and passes it to the next.
func (s *shares) give(user directory.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.held[user]--; s.held[user] == 0 {
		delete(s.held, user)
	}
	next := -1
	for i, w := range s.line {
		if s.may(w.user) && (next < 0 || s.held[w.user] < s.held[s.line[next].user]) {
			next = i
		}
	}
	if next >= 0 {
		w := s.line[next]
		s.line = slices.Delete(s.line, next, next+1)
		s.grant(w.user)
		close(w.has)
	}
}

func (s *shares) may(user directory.UserID) bool {
	return s.taken < s.most && (user == 0 || s.most == 1 || s.held[user] < s.most-1)
}

func (s *shares) grant(user directory.UserID) {
	s.taken++
	s.held[user]++
}

// count returns how many shares are taken.
func (s *shares) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}
