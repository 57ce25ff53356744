package storetest

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// testOpen reads in several steps. A store may have one connection only, so
// nothing is written meanwhile.
func testOpen(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1, Name: "before"})
	for range 20 { // more than there are connections
		v, err := s.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		head, err := v.Head(t.Context())
		if err != nil || head.Revision != 1 {
			t.Fatalf("Head = %+v, %v", head, err)
		}
		row, ok, err := v.Row(t.Context(), directory.Group{ID: 1}.Key())
		if err != nil || !ok {
			t.Fatalf("Row = %v, %v", ok, err)
		}
		equal(t, "the row as the view sees it", directory.Row(directory.Group{ID: 1, Name: "before"}), row)
		v.Close()
		v.Close()
	}
	put(t, s, directory.Group{ID: 1, Name: "after"})
}
