package core

import (
	"slices"
	"sync"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A FacetCache keeps what dialects keep with objects, by object: mostly that
// they keep nothing. It is good for what UserCache is good for, and for the same
// reason: an entry answers at a state of its lineage that is not earlier than
// when it was read, and whoever publishes a change forgets what it wrote before.
type FacetCache struct {
	most int // objects

	mu      sync.Mutex
	moved   state.Moment // of the last change that made it forget: what was read before is not kept
	objects map[directory.Object]cachedFacets
}

// maxCachedFacets is how many bytes of facets are kept of one object.
const maxCachedFacets = 4 << 10

type cachedFacets struct {
	list []directory.Facet
	at   state.Moment // when it was read
}

func newFacetCache(most int) *FacetCache {
	return &FacetCache{most: most, objects: map[directory.Object]cachedFacets{}}
}

// Get calls f with the facets of each of the objects that are kept as they are at
// a state that was loaded before, and returns the others. The lists are not
// changed.
func (c *FacetCache) Get(
	s *state.State, objects []directory.Object, f func([]directory.Facet),
) (missing []directory.Object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range objects {
		kept, ok := c.objects[o]
		if !ok || kept.at.Lineage != s.Lineage || kept.at.Revision > s.Head.Revision {
			missing = append(missing, o)
			continue
		}
		f(kept.list)
	}
	return missing
}

// Keep keeps all facets of an object as they were read, unless something that it
// may not know has been written by now.
func (c *FacetCache) Keep(o directory.Object, list []directory.Facet, at state.Moment) {
	size := 0
	for _, f := range list {
		size += len(f.Data)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := at.Lineage < c.moved.Lineage || at.Lineage == c.moved.Lineage && at.Revision < c.moved.Revision
	if size > maxCachedFacets || before {
		return
	}
	if len(c.objects) >= c.most {
		for any := range c.objects {
			delete(c.objects, any)
			break
		}
	}
	c.objects[o] = cachedFacets{list: slices.Clip(list), at: at}
}

// follow forgets what the change that led to a state wrote. It is called before
// the state is published.
func (c *FacetCache) follow(s *state.State) {
	if len(s.Writes) == 0 { // they are not kept
		c.drop(s.Moment())
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range s.Writes {
		if key := w.Key(); key.Kind == directory.RowFacet {
			c.moved = s.Moment()
			delete(c.objects, key.Object)
		}
	}
}

func (c *FacetCache) drop(by state.Moment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = by
	clear(c.objects)
}

// A memory is what is kept of rows, which follows what is published.
type memory struct {
	users  *UserCache
	facets *FacetCache
}

// Invalidate implements state.Cache.
func (m memory) Invalidate(touched []store.TouchedUser, by state.Moment) {
	m.users.Invalidate(touched, by)
}

// Follow implements state.Cache.
func (m memory) Follow(s *state.State) { m.facets.follow(s) }

// Drop implements state.Cache.
func (m memory) Drop(by state.Moment) {
	m.users.Drop(by)
	m.facets.drop(by)
}
