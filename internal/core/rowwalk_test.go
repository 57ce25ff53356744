package core

import (
	"fmt"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// TestAWalkFollowsWhatChangesWrote: what is written behind it is taken from states, as
// long as these are in memory, and from records.
func TestAWalkFollowsWhatChangesWrote(t *testing.T) {
	s := memstore.New()
	defer s.Close()
	c, err := Open(t.Context(), s, Options{Sealer: struct{ plan.Sealer }{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, err := c.Bootstrap(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	w := &rowWalk{kinds: directory.RowKinds()}
	view := func(f func(store.Reader, store.Head) error) {
		t.Helper()
		err := s.Read(t.Context(), func(r store.Reader) error {
			head, err := r.Head(t.Context())
			if err == nil {
				err = f(r, head)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	isThere := func(what string) {
		t.Helper()
		if head := c.Head(); w.head.Revision != head.Revision || w.sum != head.Digest {
			t.Errorf("%s: the walk is at %d of %d; its sum is right: %v", what, w.head.Revision, head.Revision,
				w.sum == head.Digest)
		}
	}
	write := func(n int) {
		for i := range n {
			change := directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: fmt.Sprint("G", i)}}}
			if _, _, err := c.Commit(t.Context(), directory.System("test"), change); err != nil {
				t.Fatal(err)
			}
		}
	}
	view(func(r store.Reader, head store.Head) (err error) {
		for err = w.follow(t.Context(), c, r, head); err == nil && len(w.kinds) > 0; {
			_, err = w.read(t.Context(), r, 10)
		}
		return err
	})
	isThere("all rows are read")
	write(10)
	w.followStates(c, c.Head().Revision)
	isThere("10 changes")
	write(state.RecentStates + 10)
	w.followStates(c, c.Head().Revision)
	if w.head.Revision == c.Head().Revision {
		t.Error("states that are forgotten were followed")
	}
	view(func(r store.Reader, head store.Head) error {
		write(1) // is no part of the view
		return w.follow(t.Context(), c, r, head)
	})
	if w.head.Revision != c.Head().Revision-1 {
		t.Errorf("the walk is at %d, beyond its view", w.head.Revision)
	}
	w.followStates(c, c.Head().Revision)
	isThere("many changes")
}
