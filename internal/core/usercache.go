package core

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A userCache keeps what users have of their own, by key, so that memory grows
// with the working set and not with the directory.
//
// An entry may answer at catalog revision p only if its touched_rev is not
// after p and nothing has invalidated it since it was read. The writer
// invalidates before it publishes. So whoever finds an entry after having
// loaded the state of p knows that no change up to p has touched it since:
// that change would have removed it before p was there to be loaded.
//
// That holds within an era. An entry answers for states of its own era only,
// and none outlives it.
type userCache struct {
	core      *Core
	perStripe int
	stripes   [stripes]stripe
	misses    atomic.Int64
}

const stripes = 64

// A stripe holds every so manyth user.
type stripe struct {
	mu    sync.Mutex
	moves uint64 // counts invalidations: a fill that saw another count is not kept
	hits  int64
	users keptUsers
	_     [8]byte // fills a line of the cache, which two stripes would else share
}

func newUserCache(core *Core, capacity int) *userCache {
	return &userCache{core: core, perStripe: max(1, capacity/stripes)}
}

func (c *userCache) stripe(id directory.UserID) *stripe { return &c.stripes[uint64(id)%stripes] }

// get returns a user and a state, true together at the state's revision. ok is
// false if there is no such user, or it is marked deleted. The rows are shared:
// they must not be changed.
func (c *userCache) get(ctx context.Context, id directory.UserID) (u cachedUser, s *state, ok bool, err error) {
	for {
		s = c.core.published.get()
		u, moves := c.stripe(id).lookup(id)
		if u.answers(s) {
			return u, s, !u.deleted, nil
		}
		if u.Rows != nil {
			continue // read after a newer state was published; load that
		}
		c.misses.Add(1)
		read, found, err := c.fill(ctx, id, moves)
		if err != nil || !found {
			return cachedUser{}, s, false, err
		}
		if read != nil {
			return read.cachedUser, read.state, !read.deleted, nil
		}
	}
}

// peek returns a user's rows as they are at a state that was just loaded, if
// they are kept.
func (c *userCache) peek(id directory.UserID, s *state) *directory.UserRows {
	if kept, _ := c.stripe(id).lookup(id); kept.answers(s) {
		return kept.Rows
	}
	return nil
}

// renew keeps users as a change has left them, whom invalidate has just
// forgotten, unless others have gone on from its state. Whoever publishes calls
// it, before anybody else can.
func (c *userCache) renew(s *state, users []directory.UserRows) {
	if now := c.core.published.get(); len(users) > invalidateAllAbove || now.era != s.era || now.head.Revision != s.head.Revision {
		return
	}
	for i := range users {
		rows := &users[i]
		for j := range rows.Values {
			v := &rows.Values[j].Value
			v.Texts = slices.Clone(v.Texts) // others have the list as well, and pack changes it
		}
		stripe := c.stripe(rows.User.ID)
		_, moves := stripe.lookup(rows.User.ID)
		stripe.keep(pack(rows, s.era), moves, c.perStripe)
	}
}

type filled struct {
	cachedUser
	state *state
}

// fill reads a user from the store and keeps it if its stripe has not been
// invalidated meanwhile. A nil result asks to start over: the rows and the
// state could not be matched.
func (c *userCache) fill(ctx context.Context, id directory.UserID, moves uint64) (*filled, bool, error) {
	var rows directory.UserRows
	var found bool
	s, ok, err := c.core.readAt(ctx, func(r store.Reader) (err error) {
		rows, found, err = r.UserRows(ctx, id)
		return err
	})
	if err != nil || !ok {
		return nil, true, err
	}
	if !found {
		return nil, false, nil
	}
	kept := pack(&rows, s.era)
	c.stripe(id).keep(kept, moves, c.perStripe)
	return &filled{kept, s}, true, nil
}

// readAt reads from the store and returns the state that what was read is of;
// ok is false if there is none.
func (c *Core) readAt(ctx context.Context, f func(store.Reader) error) (s *state, ok bool, err error) {
	since := c.published.get()
	var head store.Head
	err = c.store.Read(ctx, func(r store.Reader) (err error) {
		if c.link != nil {
			if s, ok, err = c.match(ctx, r, since); err != nil || !ok {
				return err
			}
			return f(r)
		}
		if head, err = r.Head(ctx); err != nil {
			return err
		}
		return f(r)
	})
	if err != nil || c.link != nil {
		return s, ok, err
	}
	return c.published.at(ctx, head.Revision)
}

// lookup returns a user, which has rows if it is kept, and the count of
// invalidations.
func (s *stripe) lookup(id directory.UserID) (cachedUser, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users.get(id)
	if u.Rows != nil {
		s.hits++
	}
	return u, s.moves
}

func (s *stripe) keep(u cachedUser, moves uint64, limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moves != moves {
		return
	}
	if len(s.users.list) >= limit && s.users.get(u.Rows.User.ID).Rows == nil {
		s.users.removeAny()
	}
	s.users.put(u)
}

// invalidateAllAbove is the number of users above which dropping the cache is
// cheaper than looking for each.
const invalidateAllAbove = 10_000

// invalidate forgets users; it is called before the change that touched them
// is published.
func (c *userCache) invalidate(touched []store.TouchedUser) {
	if len(touched) > invalidateAllAbove {
		c.drop()
		return
	}
	for _, t := range touched {
		s := c.stripe(t.User)
		s.mu.Lock()
		s.moves++
		s.users.remove(t.User)
		s.mu.Unlock()
	}
}

// drop forgets all users.
func (c *userCache) drop() {
	for i := range c.stripes {
		s := &c.stripes[i]
		s.mu.Lock()
		s.moves++
		s.users.clear()
		s.mu.Unlock()
	}
}

// stats counts users that were found, users that were not, and those kept.
func (c *userCache) stats() (hits, misses int64, users int) {
	for i := range c.stripes {
		s := &c.stripes[i]
		s.mu.Lock()
		hits += s.hits
		users += len(s.users.list)
		s.mu.Unlock()
	}
	return hits, c.misses.Load(), users
}
