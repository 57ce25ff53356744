package core

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/plan"
	"cohort/internal/replica"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// Options are what a Core needs beside a store. Sealer is required; every other
// zero value is a sensible default.
type Options struct {
	Sealer   plan.Sealer
	Setup    []directory.Edit   // of a new directory, in its first change, behind Initialize, which is edit 0
	Language directory.Language // in which dialects without languages read and write; default EN
	Now      func() time.Time   // default time.Now
	// Running is a clock that nobody sets, by which jumps of Now are noticed. Nil
	// looks for none; where Now is not set either, it is the one of the runtime.
	Running func() time.Duration
	Random  io.Reader    // of secrets, salts and change ids; default crypto/rand
	Log     *slog.Logger // default discards
	// Fatal is called once if a commit may or may not have happened: memory and
	// disk may disagree, so the process must end. Default: every later write and
	// read is refused.
	Fatal      func(error)
	BatchLimit int // changes in one transaction; default 64
	CacheUsers int // users kept in memory; default 100,000
	// Facets are the checks of what dialects keep with objects, by dialect: each
	// refuses a facet that the dialect cannot read. Those of other dialects can be
	// written by administrators only.
	Facets map[string]func(directory.Facet) error
	// PreviewGuard is the share of users, from 0 to 1, above which a change that
	// may affect them needs the token of a preview. 0 asks for none.
	PreviewGuard float64
	// OwnGuard are the dialects that have a guard of their own in the place of
	// PreviewGuard: their clients cannot send the token of a preview.
	OwnGuard map[string]bool
	// HistoryBudget bounds what users can add to the history.
	HistoryBudget HistoryBudget
	// AdminEmail is the contact e-mail of the administrator that Bootstrap makes.
	AdminEmail string
	// Importing is set by whoever opens the directory to import: an import that
	// has not ended is no reason to refuse it, and time does not pass meanwhile.
	Importing  bool
	ImportRows int // rows in one change of an import, at most 100,000; default 20,000
	// Shared says that other processes write to the store. Nil: this is the only
	// one, and it need not look.
	Shared *replica.Shared
}

func (o *Options) setDefaults() {
	if o.Language == "" {
		o.Language = "EN"
	}
	if o.Now == nil {
		o.Now = time.Now
		if o.Running == nil {
			start := time.Now()
			o.Running = func() time.Duration { return time.Since(start) }
		}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Fatal == nil {
		o.Fatal = func(error) {}
	}
	if o.BatchLimit <= 0 {
		o.BatchLimit = 64
	}
	if o.CacheUsers <= 0 {
		o.CacheUsers = 100_000
	}
}

// useClockOfStore dates changes by the clock of a shared store, if the store has
// one. That clock is trusted even when it jumps ahead.
func (o *Options) useClockOfStore(ctx context.Context) (*replica.Clock, error) {
	if o.Shared == nil || o.Shared.Clock == nil {
		return nil, nil
	}
	clock, err := replica.NewClock(ctx, o.Shared.Clock)
	if err != nil {
		return nil, err
	}
	o.Now, o.Running = clock.Now, nil
	return clock, nil
}

// A Core is a running directory. All methods may be called from many
// goroutines.
type Core struct {
	store  store.Store
	opt    Options
	users  *UserCache
	facets *FacetCache
	env    *plan.Env

	published    *state.Published
	link         *replica.Node // nil if no other process writes to the store
	pastCatalogs pastCatalogs
	previews     *impact.Previews

	clock     windowClock // the writer's
	time      *timekeeper
	free      working.FreeRange // the writer's
	ticks     chan struct{}     // of capacity 1: others wrote something with a window
	queue     chan *job
	waiting   atomic.Int64 // jobs that wait for room in the queue
	large     largeTurns
	stop      context.CancelFunc
	closing   <-chan struct{} // when Close was called
	closed    chan struct{}   // when the writer has ended
	following sync.WaitGroup
	trial     trial
	rows      rowCheck
	broken    atomic.Pointer[error]
	history   historyUse
	badFacets atomic.Int64        // that reads have left out
	forgets   atomic.Int64        // changes that took something from the history
	setUp     directory.Committed // of the directory that Open has made, else zero
}

// SetUp is what became of the first change, if Open has made it: the first result
// is that of Initialize, the others are those of Options.Setup.
func (c *Core) SetUp() (done directory.Committed, ok bool) { return c.setUp, c.setUp.Changed }

// damage is the answer to every request while groups are nested in a ring, which
// no version makes any more.
func damage(cause error) error {
	return directory.Unavailable(time.Minute,
		"the directory is damaged and not served: "+cause.Error()+"; stop the server and run cohort verify --repair", cause)
}

// Open reads the catalog and starts the writer. A directory that was never
// written to is initialized first. The store stays the caller's to close,
// after the Core.
func Open(ctx context.Context, s store.Store, opt Options) (*Core, error) {
	return open(ctx, s, opt, false)
}

// OpenDamaged is Open for repairs: a directory whose groups are nested in a ring
// takes changes.
func OpenDamaged(ctx context.Context, s store.Store, opt Options) (*Core, error) {
	return open(ctx, s, opt, true)
}

func open(ctx context.Context, s store.Store, opt Options, repairing bool) (*Core, error) {
	opt.setDefaults()
	if opt.Sealer == nil {
		return nil, errors.New("core: a sealer is required")
	}
	clock, err := opt.useClockOfStore(ctx)
	if err != nil {
		return nil, err
	}
	c := &Core{
		store: s, opt: opt, queue: make(chan *job, 4*opt.BatchLimit), closed: make(chan struct{}),
		ticks: make(chan struct{}, 1),
		time:  newTimekeeper(&opt), large: newLargeTurns(),
	}
	c.env = &plan.Env{Sealer: opt.Sealer, Language: opt.Language, Random: opt.Random, Now: c.Now, Facets: opt.Facets}
	c.users = newUserCache(c, opt.CacheUsers)
	c.facets = newFacetCache(opt.CacheUsers)
	c.published = state.NewPublished(memory{c.users, c.facets})
	c.published.Shown = c.shown
	if opt.Shared != nil {
		c.link = replica.New(*opt.Shared, s, c.published, opt.Now, opt.Log, c.windowNews)
		c.store = c.link.Store()
	}
	var nodes store.Ephemera
	if c.link != nil {
		nodes = c.store.Ephemera()
	}
	c.previews = impact.NewPreviews(func() (string, error) { return c.env.RandomText(impact.TokenLen) }, nodes, opt.Log)
	first, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.refuseHalves(ctx, first); err != nil {
		return nil, err
	}
	if !repairing {
		c.lookForDamage(first)
	}
	if err := c.loadHistoryUse(ctx); err != nil {
		return nil, err
	}
	c.published.Set(first)
	writing, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop, c.closing = stop, writing.Done()
	go func() {
		defer close(c.closed)
		c.write(writing)
	}()
	if first.Head.Revision == 0 {
		init := directory.Change{Edits: append([]directory.Edit{directory.Initialize{}}, opt.Setup...)}
		c.setUp, err = c.commit(ctx, directory.System("setup"), init, nil)
		if err != nil && c.Head().Revision == 0 { // else another process was first
			c.Close()
			return nil, err
		}
	}
	c.follow(writing, clock)
	return c, nil
}

// follow keeps up with other nodes and the clock of the store, until ctx is done.
func (c *Core) follow(ctx context.Context, clock *replica.Clock) {
	if c.link != nil {
		c.following.Go(func() { c.link.Follow(ctx) })
	}
	if clock != nil {
		c.following.Go(func() { clock.Keep(ctx, c.opt.Log) })
	}
}

// lookForDamage stops a directory with a ring of groups from being served.
func (c *Core) lookForDamage(s *state.State) {
	if ring := s.Catalog.Ring(); ring != nil {
		err := damage(ring)
		c.broken.Store(&err)
		c.opt.Log.Error("the directory is damaged and not served", "error", ring.Error())
	}
}

// Close lets the changes that are under way finish, and refuses new ones.
func (c *Core) Close() {
	c.stop()
	<-c.closed
	c.following.Wait()
}

// load builds the catalog from the store, as of one revision.
func (c *Core) load(ctx context.Context) (*state.State, error) {
	var st state.State
	err := c.store.Read(ctx, func(r store.Reader) error {
		var err error
		if st.Head, err = r.Head(ctx); err != nil {
			return err
		}
		st.Catalog, err = state.BuildCatalog(ctx, r)
		if _, ok := err.(*resolve.RingError); ok { //nolint:errorlint // if there is more that is wrong, the start fails
			return nil // the directory is open, and not served
		}
		return err
	})
	return &st, err
}

// AcceptTime dates changes by the clock as it is, and returns its time.
func (c *Core) AcceptTime(by directory.Caller) directory.Instant {
	c.time.accept()
	now := c.Now()
	c.opt.Log.Warn("the time of the clock was accepted", "user", int64(by.User), "time", now.Time())
	return now
}

// Broken is the error of every answer and change, if the directory is damaged
// or memory and disk may disagree.
func (c *Core) Broken() error {
	if err := c.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// TooOld is the answer to every request once the store has been out of reach for
// too long.
func (c *Core) TooOld() error {
	if c.link == nil {
		return nil
	}
	return c.link.TooOld()
}

// CutOff is the answer to callers who may manage something while the store is out
// of reach.
func (c *Core) CutOff() error {
	if c.link == nil {
		return nil
	}
	return c.link.CutOff()
}

// Published returns the state that readers see.
func (c *Core) Published() *state.Published { return c.published }

// Users is the cache of users.
func (c *Core) Users() *UserCache { return c.users }

// Facets returns the cache of what dialects keep with objects.
func (c *Core) Facets() *FacetCache { return c.facets }

// Previews are the previews that changes may refer to.
func (c *Core) Previews() *impact.Previews { return c.previews }

// Language returns the language of dialects that know none.
func (c *Core) Language() directory.Language { return c.opt.Language }

// shown learns of every state that is published.
func (c *Core) shown(s *state.State) {
	c.history.add(s.Author, s.Head.At, s.Bytes)
	if s.Forgets {
		c.pastCatalogs.forget(s.Moment())
	}
}

// Env returns what planning needs beside a state.
func (c *Core) Env() *plan.Env { return c.env }

// ImportRows returns how many rows a change of an import has; 0 is the default.
func (c *Core) ImportRows() int { return c.opt.ImportRows }

// Log returns the log for people who run the directory.
func (c *Core) Log() *slog.Logger { return c.opt.Log }

// Ephemera are the rows without a revision.
func (c *Core) Ephemera() store.Ephemera { return c.store.Ephemera() }

// OpenView opens a view of the store.
func (c *Core) OpenView(ctx context.Context) (store.View, error) { return c.store.Open(ctx) }

// Learn tells the store that most of its data was written just now.
func (c *Core) Learn(ctx context.Context) error { return c.store.Learn(ctx) }

// Unseal opens a hidden value.
func (c *Core) Unseal(attribute directory.AttributeID, owner directory.Object, sealed store.Sealed) (string, error) {
	return c.opt.Sealer.Open(attribute, owner, sealed.KeyID, sealed.Ciphertext)
}

// Now is the trusted time in stored precision.
func (c *Core) Now() directory.Instant { return directory.InstantOf(c.time.time()) }

// ClockJumps is how often the clock has gone ahead by more than a minute.
func (c *Core) ClockJumps() int64 { return c.time.jumps.Load() }

// Head says where the published directory stands.
func (c *Core) Head() store.Head { return c.published.Get().Head }

// QueueLength is the number of changes that wait for the writer.
func (c *Core) QueueLength() int { return len(c.queue) }

// CacheStats are the figures of the user cache since the start.
func (c *Core) CacheStats() (hits, misses int64, entries int) { return c.users.stats() }
