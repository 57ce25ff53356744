package core

import (
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A UserCache keeps what users have of their own, by key, so that memory grows
// with the working set and not with the directory.
//
// An entry may answer at catalog revision p only if its touched_rev is not
// after p and nothing has invalidated it since it was read. The writer
// invalidates before it publishes. So whoever finds an entry after having
// loaded the state of p knows that no change up to p has touched it since:
// that change would have removed it before p was there to be loaded.
//
// That holds within a lineage. An entry answers for states of its own lineage only,
// and none outlives it.
type UserCache struct {
	core     *Core
	perShard int
	shards   [shards]shard
	misses   atomic.Int64
}

const shards = 64

// A shard holds the users whose ids leave the same remainder.
type shard struct {
	mu    sync.Mutex
	moved state.Moment // of the last invalidation: what was read before is not kept
	hits  int64
	users map[directory.UserID]CachedUser
}

func newUserCache(core *Core, capacity int) *UserCache {
	return &UserCache{core: core, perShard: max(1, capacity/shards)}
}

func (c *UserCache) shard(id directory.UserID) *shard { return &c.shards[uint64(id)%shards] }

// Peek returns a user's rows as they are at a state that was just loaded, if
// they are kept.
func (c *UserCache) Peek(id directory.UserID, s *state.State) *directory.UserRows {
	if kept := c.shard(id).lookup(id); kept.Answers(s) {
		return kept.Rows
	}
	return nil
}

// Get returns a user, which has rows if it is kept.
func (c *UserCache) Get(id directory.UserID) CachedUser { return c.shard(id).lookup(id) }

// Miss counts a user that had to be read.
func (c *UserCache) Miss() { c.misses.Add(1) }

// renew keeps users as a change has left them, whom Invalidate has just forgotten,
// unless others have gone on from its state. The publisher calls it, before anybody
// else can.
func (c *UserCache) renew(s *state.State, users []directory.UserRows) {
	if now := c.core.published.Get(); len(users) > invalidateAllAbove || now.Lineage != s.Lineage ||
		now.Head.Revision != s.Head.Revision {
		return
	}
	for i := range users {
		c.Keep(Cached(&users[i], s.Lineage), s.Head.Revision)
	}
}

// lookup returns a user, which has rows if it is kept.
func (s *shard) lookup(id directory.UserID) CachedUser {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[id]
	if u.Rows != nil {
		s.hits++
	}
	return u
}

// Keep keeps a user that was read at a revision, unless a later change has
// touched one of its shard by now.
func (c *UserCache) Keep(u CachedUser, at directory.Revision) { c.keep(u, at, true) }

// KeepIfRoom is Keep where no other user must go for it: who reads all users does
// not drive out those who are asked for.
func (c *UserCache) KeepIfRoom(u CachedUser, at directory.Revision) { c.keep(u, at, false) }

func (c *UserCache) keep(u CachedUser, at directory.Revision, evict bool) {
	s := c.shard(u.Rows.User.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.lineage < s.moved.Lineage || u.lineage == s.moved.Lineage && at < s.moved.Revision {
		return
	}
	if _, there := s.users[u.Rows.User.ID]; !there && len(s.users) >= c.perShard {
		if !evict {
			return
		}
		for id := range s.users { // a map begins anywhere
			delete(s.users, id)
			break
		}
	}
	if s.users == nil {
		s.users = map[directory.UserID]CachedUser{}
	}
	s.users[u.Rows.User.ID] = u
}

// invalidateAllAbove is the number of users above which dropping the cache is
// cheaper than looking for each.
const invalidateAllAbove = 10_000

// Invalidate forgets users; it is called before the state of the last change
// that touched them is published.
func (c *UserCache) Invalidate(touched []store.TouchedUser, by state.Moment) {
	if len(touched) > invalidateAllAbove {
		c.Drop(by)
		return
	}
	for _, t := range touched {
		s := c.shard(t.User)
		s.mu.Lock()
		s.moved = by
		delete(s.users, t.User)
		s.mu.Unlock()
	}
}

// Drop forgets all users.
func (c *UserCache) Drop(by state.Moment) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.moved = by
		s.users = nil
		s.mu.Unlock()
	}
}

// stats counts users that were found, users that were not, and those kept.
func (c *UserCache) stats() (hits, misses int64, users int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		hits += s.hits
		users += len(s.users)
		s.mu.Unlock()
	}
	return hits, c.misses.Load(), users
}
