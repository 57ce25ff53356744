package replica

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// Defaults of Shared.
const (
	defaultPollEvery = 500 * time.Millisecond
	defaultMaxStale  = 30 * time.Second
	defaultLostFor   = 20 * time.Second
)

// Shared says that other processes write to the store too, and how this one
// keeps up with them. The zero value of every field is a sensible default.
type Shared struct {
	// Watch calls wake when there may be something new, and whenever it has
	// connected, until ctx is done or the connection is lost, which is an error.
	// It is called again then. If it returns nil there is nothing to watch. It is
	// a hint: nothing depends on it but speed. Nil polls only.
	Watch func(ctx context.Context, wake func()) error
	// Clock asks the database for the time. It decides how changes are dated. Nil
	// leaves that to the clock of each node.
	Clock func(ctx context.Context) (time.Time, error)
	// PollEvery is how often the store is asked for what is new; default 500 ms.
	PollEvery time.Duration
	// MaxStale is how long memory answers while the store cannot be reached;
	// default 30 seconds. Callers who may manage something are not answered then.
	MaxStale time.Duration
	// LostFor is how long the outcome of a lost commit is looked for before its
	// callers are told that it is unknown; default 20 seconds.
	LostFor time.Duration
}

func (s *Shared) setDefaults() {
	if s.PollEvery <= 0 {
		s.PollEvery = defaultPollEvery
	}
	if s.MaxStale <= 0 {
		s.MaxStale = defaultMaxStale
	}
	if s.LostFor <= 0 {
		s.LostFor = defaultLostFor
	}
}

// A Node is what a node knows of its way to a store that it shares with others.
type Node struct {
	Shared
	store     store.Store
	published *state.Published
	windows   func() // called when others may have written something with a window
	log       *slog.Logger
	now       func() time.Time
	nudge     chan struct{} // of capacity 1: asks the follower to look now

	confirmed atomic.Pointer[time.Time] // when what is published was the newest
	down      atomic.Pointer[error]     // why the store cannot be reached; nil if it can

	heard atomic.Int64 // when somebody last got through to the store, in nanoseconds

	lag        atomic.Int64 // revisions that the last look found missing
	caughtUp   atomic.Int64 // nanoseconds that the last catching up took
	rebuilds   atomic.Int64
	reconnects atomic.Int64
}

// New is the way to a store, of which nothing is known yet but that what is
// published is the newest.
func New(
	shared Shared, s store.Store, published *state.Published, now func() time.Time, log *slog.Logger, windows func(),
) *Node {
	l := &Node{Shared: shared, store: s, published: published, now: now, log: log, windows: windows,
		nudge: make(chan struct{}, 1)}
	l.setDefaults()
	l.confirm(now())
	return l
}

// Store is the store, as it can be reached.
func (l *Node) Store() store.Store { return linked{l.store, l} }

// Stale says how long ago what is published was known to be the newest, in whole
// seconds, if that is long enough to say so with an answer.
func (l *Node) Stale() (seconds int64, ok bool) {
	age := l.age()
	return int64(age / time.Second), age >= max(staleAfter, 3*l.PollEvery)
}

// staleAfter is the age from which on answers say theirs.
const staleAfter = 2 * time.Second

// RetryDown is when to try again what cannot be done without the store.
const RetryDown = 2 * time.Second

// wake asks the follower to look at once.
func (l *Node) wake() {
	select {
	case l.nudge <- struct{}{}:
	default: // it is asked already
	}
}

// lose notes that the store cannot be reached.
func (l *Node) lose(cause error) {
	err := directory.Unavailable(RetryDown, "the database cannot be reached; try again", cause)
	l.down.Store(&err)
}

// expectAnswer has the store counted as unreachable if it is silent for too
// long before answered is called. A store that serves others meanwhile is not
// silent: its connections may all be in use.
func (l *Node) expectAnswer() (answered func()) {
	var done atomic.Bool
	var check func()
	check = func() {
		switch quiet := time.Since(time.Unix(0, l.heard.Load())); {
		case done.Load():
		case quiet < silence:
			time.AfterFunc(silence-quiet, check)
		default:
			l.lose(errors.New("it does not answer"))
		}
	}
	alarm := time.AfterFunc(silence, check)
	return func() {
		done.Store(true)
		alarm.Stop()
	}
}

// got notes that somebody got through to the store.
func (l *Node) got() { l.heard.Store(time.Now().UnixNano()) }

// Refuse is the error of whatever needs the store while it cannot be reached:
// it is answered at once, and not when the last connection has timed out.
func (l *Node) Refuse() error {
	if err := l.down.Load(); err != nil {
		return *err
	}
	return nil
}

// confirm notes that at a time nothing newer was there than what is published.
func (l *Node) confirm(at time.Time) {
	for {
		last := l.confirmed.Load()
		if last != nil && !at.After(*last) || l.confirmed.CompareAndSwap(last, &at) {
			return
		}
	}
}

// age is how long ago what is published was known to be the newest.
func (l *Node) age() time.Duration { return max(0, l.now().Sub(*l.confirmed.Load())) }

// TooOld is the error of every read after the store could not be reached for
// too long.
func (l *Node) TooOld() error {
	if l.age() <= l.MaxStale {
		return nil
	}
	return directory.Unavailable(RetryDown,
		"the database could not be reached for too long; what is in memory is not answered any more", l.Refuse())
}

// CutOff is the error of what must not be answered from memory alone: nobody knows
// whether what is there still holds.
func (l *Node) CutOff() error {
	if err := l.Refuse(); err != nil {
		return err
	}
	if _, stale := l.Stale(); stale {
		return directory.Unavailable(RetryDown, "the database cannot be reached; try again", nil)
	}
	return nil
}

// note asks the follower to look whether the store can still be reached, if an
// error says that it may not.
func (l *Node) note(err error) {
	if directory.KindOf(err) == directory.KindUnavailable && !errors.Is(err, store.ErrAgain) {
		l.wake()
	}
}

// A linked store fails at once while the store behind it cannot be reached.
type linked struct {
	store.Store
	link *Node
}

// Read implements store.Store.
func (s linked) Read(ctx context.Context, f func(store.Reader) error) error {
	if err := s.link.Refuse(); err != nil {
		return err
	}
	err := s.Store.Read(ctx, func(r store.Reader) error {
		s.link.got()
		defer s.link.got()
		return f(r)
	})
	s.link.note(err)
	return err
}

// Open implements store.Store.
func (s linked) Open(ctx context.Context) (store.View, error) {
	if err := s.link.Refuse(); err != nil {
		return nil, err
	}
	v, err := s.Store.Open(ctx)
	if err == nil {
		s.link.got()
	}
	s.link.note(err)
	return v, err
}

// Write implements store.Store.
func (s linked) Write(ctx context.Context, f func(store.Tx) error) error {
	if err := s.link.Refuse(); err != nil {
		return err
	}
	err := s.Store.Write(ctx, func(tx store.Tx) error {
		s.link.got()
		return f(tx)
	})
	s.link.note(err)
	return err
}
