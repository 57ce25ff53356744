package storetest

import (
	"testing"

	"cohort/internal/store"
)

func testNodes(t *testing.T, s store.Store) {
	ctx, e := t.Context(), s.Ephemera()
	a := store.Node{ID: "a", Name: "two:8080", Version: "1.0", StartedAt: 5, SeenAt: 10, Revision: 7, Behind: 2,
		LevelFor: 30}
	b := store.Node{ID: "b", Name: "one:8080", Version: "1.1", StartedAt: 6, SeenAt: 20}
	for _, n := range []store.Node{a, b} {
		if err := e.PutNode(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want ...store.Node) {
		t.Helper()
		got, err := e.Nodes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the nodes", want, got)
	}
	holds(b, a)
	a.SeenAt, a.Revision, a.Behind = 30, 9, 0
	if err := e.PutNode(ctx, a); err != nil {
		t.Fatal(err)
	}
	holds(b, a)
	if n, err := e.SweepNodes(ctx, 30); n != 1 || err != nil {
		t.Errorf("SweepNodes = %d, %v; want 1", n, err)
	}
	holds(a)
	for range 2 {
		if err := e.DeleteNode(ctx, "a"); err != nil {
			t.Fatal(err)
		}
	}
	holds()
}
