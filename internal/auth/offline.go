package auth

import (
	"cmp"
	"context"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// offlineTokens remembers the tokens that the store has called good, for a time in
// which it cannot be asked. The zero value is ready.
type offlineTokens struct {
	mu     sync.Mutex
	tokens map[[32]byte]seen
	ends   int64 // counts tokens that were ended here
}

// now is to be taken before a token is looked up that is put later.
func (l *offlineTokens) now() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ends
}

// A seen token was good at a time.
type seen struct {
	token       store.Token
	at          time.Time
	incarnation int64 // and revision: what readers saw before it was looked up
	revision    directory.Revision
}

// put remembers a token, unless one was ended since: it may be this one.
func (l *offlineTokens) put(s seen, since int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends != since {
		return
	}
	if l.tokens == nil || len(l.tokens) >= maxCachedTokens {
		l.tokens = map[[32]byte]seen{}
	}
	l.tokens[s.token.Hash] = s
}

func (l *offlineTokens) get(hash [32]byte) (seen, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.tokens[hash]
	return s, ok
}

func (l *offlineTokens) forget(hash [32]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends++
	delete(l.tokens, hash)
	for of, s := range l.tokens {
		if s.token.Parent == hash {
			delete(l.tokens, of)
		}
	}
}

// lookTime is how long the store may take to say what it knows of a token.
const lookTime = 3 * time.Second

// lookOrRemember is look for a store that is elsewhere. While it cannot be
// asked, a token that was good lately still is, as are the answers that memory
// gives meanwhile: both are as old, and say so.
func (s *Service) lookOrRemember(ctx context.Context, hash [32]byte) (store.Token, error) {
	began := s.now()
	since := s.offline.now()
	incarnation, revision := s.config.At()
	t, err := s.lookSoon(ctx, hash)
	switch {
	case err == nil:
		s.offline.put(seen{t, began, incarnation, revision}, since)
		return t, nil
	case directory.KindOf(err) != directory.KindUnavailable:
		s.offline.forget(hash)
		return store.Token{}, err
	}
	last, ok := s.offline.get(hash)
	if !ok || began.Sub(last.at) > s.config.RememberFor || s.expired(&last.token) {
		return store.Token{}, err
	}
	// Everything that ends a token, except a logout, changes one of these users.
	if !s.config.Untouched(last.incarnation, last.revision, last.token.User, cmp.Or(last.token.Sudoer, last.token.User)) {
		return store.Token{}, err
	}
	return last.token, nil
}

// lookSoon is look within bounds: a machine that has vanished answers nothing, and
// its connection notices late.
func (s *Service) lookSoon(ctx context.Context, hash [32]byte) (store.Token, error) {
	if err := s.config.Away(); err != nil {
		return store.Token{}, err
	}
	type answer struct {
		token store.Token
		err   error
	}
	asking, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	answered := make(chan answer, 1)
	go func() {
		t, err := s.look(asking, hash)
		answered <- answer{t, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil && asking.Err() != nil && ctx.Err() == nil {
			a.err = errSlow(a.err)
		}
		return a.token, a.err
	case <-asking.Done():
		if err := ctx.Err(); err != nil {
			return store.Token{}, err
		}
		return store.Token{}, errSlow(asking.Err())
	}
}

func errSlow(cause error) error {
	return directory.Unavailable(2*time.Second, "the database cannot be reached; try again", cause)
}
