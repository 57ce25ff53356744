package state_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A noted cache notes what it is told, and what was published then.
type noted struct {
	published *state.Published
	said      []string
}

func (n *noted) note(format string, args ...any) {
	at := directory.Revision(0)
	if s := n.published.Get(); s != nil {
		at = s.Head.Revision
	}
	n.said = append(n.said, fmt.Sprintf(format, args...)+fmt.Sprintf(" at %d", at))
}

// Invalidate implements state.Cache.
func (n *noted) Invalidate(touched []store.TouchedUser, by state.Moment) {
	n.note("forget %d users by %d", len(touched), by.Revision)
}

// Follow implements state.Cache.
func (n *noted) Follow(s *state.State) { n.note("follow %d", s.Head.Revision) }

// Drop implements state.Cache.
func (n *noted) Drop(by state.Moment) { n.note("drop by %d", by.Revision) }

// at is a state at a revision, with a catalog of its own.
func at(rev directory.Revision, lineage uint64) *state.State {
	catalog, err := resolve.Build(func(func(directory.Row) error) error { return nil })
	if err != nil {
		panic(err)
	}
	return &state.State{
		Catalog: catalog, Head: store.Head{Revision: rev, Hash: [32]byte{byte(rev)}}, Lineage: lineage,
	}
}

// begin publishes a first state.
func begin(s *state.State) (*state.Published, *noted) {
	cache := &noted{}
	cache.published = state.NewPublished(cache)
	cache.published.Set(s)
	return cache.published, cache
}

// Whoever sees a state finds no user from before the change that led to it.
func TestUsersAreForgottenBeforeAStateIsSeen(t *testing.T) {
	p, cache := begin(at(5, 0))
	var shown []directory.Revision
	p.Shown = func(s *state.State) { shown = append(shown, s.Head.Revision) }
	p.Show([]*state.State{at(5, 0), at(6, 0), at(7, 0)}, make([]store.TouchedUser, 3))
	want := []string{"forget 3 users by 7 at 5", "follow 6 at 5", "follow 7 at 6"}
	if !slices.Equal(cache.said, want) || !slices.Equal(shown, []directory.Revision{6, 7}) {
		t.Errorf("the cache was told %q, want %q; shown were %v", cache.said, want, shown)
	}
	cache.said = nil
	p.Show([]*state.State{at(9, 0), at(8, 1)}, nil) // one would be skipped, one is of another lineage
	if p.Get().Head.Revision != 7 || len(shown) != 2 {
		t.Errorf("published is %d, shown were %v", p.Get().Head.Revision, shown)
	}
	cache.said = nil
	p.Restart(at(3, 1))
	if want := []string{"drop by 3 at 7"}; !slices.Equal(cache.said, want) {
		t.Errorf("the cache was told %q, want %q", cache.said, want)
	}
	for rev := directory.Revision(5); rev <= 7; rev++ {
		if p.Has(rev) || p.Of(rev, 0) != nil || p.Find(&at(rev, 0).Head) != nil {
			t.Errorf("revision %d of the old lineage is left", rev)
		}
	}
}

func TestAStateIsFoundByItsWholeHead(t *testing.T) {
	p, _ := begin(at(1, 0))
	for rev := directory.Revision(2); rev <= 300; rev++ {
		p.Set(at(rev, 0))
	}
	if s := p.Of(299, 0); s == nil || s.Head.Revision != 299 || p.Of(299, 1) != nil || !p.Has(299) {
		t.Errorf("revision 299 is %+v", s)
	}
	if p.Has(1) || p.Of(1, 0) != nil || p.Find(&at(1, 0).Head) != nil {
		t.Error("revision 1 is still there")
	}
	if _, ok, err := p.At(t.Context(), 1); ok || err != nil {
		t.Errorf("revision 1: %t, %v; want that it is too long ago", ok, err)
	}
	other, restored, counted := at(299, 0).Head, at(299, 0).Head, at(299, 0).Head
	other.Hash, restored.Incarnation, counted.Users = [32]byte{1, 2}, 7, 12
	if p.Find(&other) != nil || p.Find(&restored) != nil {
		t.Error("a state of another history is found")
	}
	if s := p.Find(&counted); s == nil || s.Head != counted || p.Of(299, 0).Head == counted {
		t.Errorf("with counts it is %+v, and what is published is changed", s)
	}
}

// The catalog of a change that touches users only is known to be the same.
func TestACatalogIsTheSameSinceARevision(t *testing.T) {
	first := at(1, 0)
	p, _ := begin(first)
	same := at(2, 0)
	same.Catalog = first.Catalog
	p.Set(same)
	if rev := p.Get().CatalogRev; rev != 1 {
		t.Errorf("the catalog is the same since %d, want 1", rev)
	}
	p.Set(at(3, 0))
	if rev := p.Get().CatalogRev; rev != 3 {
		t.Errorf("another catalog is the same since %d, want 3", rev)
	}
}

func TestAReaderWaitsForARevision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := begin(at(1, 0))
		found := make(chan *state.State)
		go func() {
			s, ok, err := p.At(t.Context(), 3)
			if !ok || err != nil {
				t.Errorf("At = %t, %v", ok, err)
			}
			found <- s
		}()
		synctest.Wait()
		p.Set(at(2, 0))
		synctest.Wait()
		select {
		case s := <-found:
			t.Fatalf("revision 3 is %+v, and is not published", s)
		default:
		}
		p.Set(at(3, 0))
		if s := <-found; s != p.Get() {
			t.Errorf("it is %+v", s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, ok, err := p.At(ctx, 4); ok || !errors.Is(err, context.Canceled) {
			t.Errorf("a reader who has gone away: %t, %v", ok, err)
		}
	})
}
