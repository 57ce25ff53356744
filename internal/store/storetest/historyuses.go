package storetest

import (
	"testing"

	"cohort/internal/store"
)

func testHistoryUses(t *testing.T, s store.Store) {
	ctx, e := t.Context(), s.Ephemera()
	for _, u := range []store.HistoryUse{{User: 9, Day: 2, Bytes: 1}, {User: 7, Day: 2, Bytes: 5},
		{User: 7, Day: 3, Bytes: 8}, {User: 7, Day: 2, Bytes: 6}} {
		if err := e.PutHistoryUse(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(day int64, want ...store.HistoryUse) {
		t.Helper()
		got, err := e.HistoryUses(ctx, day)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the counts of a day", want, got)
	}
	holds(2, store.HistoryUse{User: 7, Day: 2, Bytes: 6}, store.HistoryUse{User: 9, Day: 2, Bytes: 1})
	holds(3, store.HistoryUse{User: 7, Day: 3, Bytes: 8})
	holds(4)
	if n, err := e.SweepHistoryUses(ctx, 3); n != 2 || err != nil {
		t.Errorf("SweepHistoryUses = %d, %v; want 2", n, err)
	}
	holds(2)
	holds(3, store.HistoryUse{User: 7, Day: 3, Bytes: 8})
}
