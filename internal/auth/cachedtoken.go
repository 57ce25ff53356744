package auth

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A Memory tells what this node knows of the directory without asking the store, so that a
// token that was valid needs no look-up while nothing that it depends on has changed.
type Memory struct {
	// At returns the incarnation and revision that readers see. Untouched reports whether it
	// is known that nothing has changed any of the users or their credentials since.
	At        func() (incarnation int64, revision directory.Revision)
	Untouched func(incarnation int64, since directory.Revision, users ...directory.UserID) bool
	// Age returns how long ago the view of readers was known to be the newest, if other nodes
	// write to the store, too. Away returns the error of whatever needs the store while it is
	// out of reach. Both are nil if no other node writes.
	Age  func() time.Duration
	Away func() error
}

// shared reports whether other nodes can end tokens.
func (m *Memory) shared() bool { return m.Age != nil }

// unconfirmed is how long a token is valid on the word of memory. The end of a token at
// another node is noticed within this time.
const unconfirmed = time.Second

// cachedToken returns a token that memory knows to be valid, or looks it up. While the store
// is out of reach, a token that was valid lately still is, like the answers that memory gives
// meanwhile; both name their age.
func (s *Service) cachedToken(
	ctx context.Context, hash [32]byte, look func(context.Context) (store.Token, error),
) (store.Token, error) {
	m := s.config.Memory
	if m == nil {
		t, err := look(ctx)
		if err == nil {
			s.uses.note(t.Credential, s.instant())
		}
		return t, err
	}
	began, since := s.now(), s.known.now()
	known := s.known.get(hash)
	if known != nil && !s.untouched(known) {
		known = nil
	}
	if known != nil && s.level(began) {
		s.use(known, began)
		return known.token, nil
	}
	incarnation, revision := m.At()
	t, err := s.lookSoon(ctx, look)
	switch {
	case err == nil:
		fresh := &knownToken{token: t, at: began, incarnation: incarnation, revision: revision}
		fresh.noted.Store(int64(t.UsedAt))
		s.use(fresh, began)
		s.known.put(fresh, since)
		return t, nil
	case directory.KindOf(err) != directory.KindUnavailable:
		if s.known.get(hash) != nil { // others send texts that never were tokens
			s.known.end(hash)
		}
		return store.Token{}, err
	case known == nil || began.Sub(s.goodAt(known)) > s.config.RememberFor:
		return store.Token{}, err
	}
	return known.token, nil
}

// use records that a token was used and, once a second, that its credential was.
func (s *Service) use(k *knownToken, at time.Time) {
	now := int64(directory.InstantOf(at))
	if before := k.used.Swap(now); now-before >= time.Second.Milliseconds() {
		s.uses.note(k.token.Credential, directory.Instant(now))
	}
}

// untouched reports whether it is known that no change has ended a token. Everything that ends
// a token, except a logout or a newer token, changes one of its users.
func (s *Service) untouched(k *knownToken) bool {
	return s.config.Memory.Untouched(k.incarnation, k.revision, k.token.User, cmp.Or(k.token.Sudoer, k.token.User))
}

// level reports whether this node has heard of all tokens that others ended, up to a moment
// ago.
func (s *Service) level(now time.Time) bool {
	m := s.config.Memory
	return !m.shared() || m.Age() < unconfirmed && now.Sub(s.feed.at()) < unconfirmed
}

// goodAt returns when a token in memory was known to be valid.
func (s *Service) goodAt(k *knownToken) time.Time {
	at := s.now().Add(-s.config.Memory.Age())
	if heard := s.feed.at(); heard.Before(at) {
		at = heard
	}
	if k.at.After(at) {
		at = k.at
	}
	return at
}

// lookTime is how long the store may take to look up a token.
const lookTime = 3 * time.Second

// lookSoon limits the time of a look-up in a store elsewhere: a machine that has vanished does
// not answer, and the connection takes long to notice.
func (s *Service) lookSoon(ctx context.Context, look func(context.Context) (store.Token, error)) (store.Token, error) {
	m := s.config.Memory
	if !m.shared() {
		return look(ctx)
	}
	if err := m.Away(); err != nil {
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
		t, err := look(asking)
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

// A feed is what this node has heard of ended tokens. Only the listening goroutine changes it.
type feed struct {
	last  int64                     // number of the last end
	heard atomic.Pointer[time.Time] // when there was no other
}

// at returns when the feed was last known to be read to its end.
func (f *feed) at() time.Time {
	if at := f.heard.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

const (
	listenEvery = 500 * time.Millisecond
	noteEvery   = time.Minute
	// noteAfter is how long the store may not know of a use of a token.
	noteAfter = 5 * time.Minute
)

// Run listens for tokens that other nodes end, and records when tokens and credentials were
// used, until ctx is done. Without it, a service whose store other nodes share looks every
// token up.
func (s *Service) Run(ctx context.Context) {
	every, noted := noteEvery, s.now()
	if s.config.Memory != nil && s.config.Memory.shared() {
		every = listenEvery
	}
	for {
		if s.config.Memory != nil && s.config.Memory.shared() {
			s.Listen(ctx)
		}
		if s.now().Sub(noted) >= noteEvery*3/4 { // the timer may fire early
			noted = s.now()
			s.noteUses(ctx)
			s.noteCredentials(ctx)
		}
		timer := time.NewTimer(every - rand.N(every/4))
		select {
		case <-ctx.Done():
			timer.Stop()
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
			defer cancel()
			s.noteCredentials(last)
			return
		case <-timer.C:
		}
	}
}

// Listen hears what was ended since the last call. After an error, tokens are looked up.
func (s *Service) Listen(ctx context.Context) {
	began := s.now()
	asking, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	ends, err := s.store.Ephemera().TokenEnds(asking, s.feed.last)
	switch {
	case err != nil:
		return
	case ends.Lost:
		s.known.endAll()
	default:
		s.known.end(ends.Hashes...)
	}
	s.feed.last = ends.Last
	s.feed.heard.Store(&began)
}

// noteUses tells the store which tokens were used, if it knows only of an old use.
func (s *Service) noteUses(ctx context.Context) {
	uses := s.known.uses(func(t *knownToken) bool {
		return t.token.ExpiresAt > s.instant() && t.used.Load() >= t.noted.Load()+noteAfter.Milliseconds()
	})
	if len(uses) == 0 {
		return
	}
	if err := s.store.Ephemera().UseTokens(ctx, uses); err == nil {
		s.known.noted(uses)
	} else if ctx.Err() == nil {
		s.config.Log.Warn("the use of tokens could not be noted", "error", err.Error())
	}
}
