package storetest

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testCredentialUses(t *testing.T, s store.Store) {
	type uses = directory.CredentialUses
	ctx, e := t.Context(), s.Ephemera()
	fill(t, s)
	for _, u := range []uses{{11: 5, 12: 7}, {}, {11: 4, 12: 9, 500: 3}} {
		if err := e.UseCredentials(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want uses, ids ...directory.CredentialID) {
		t.Helper()
		got, err := e.CredentialUses(ctx, ids...)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the last uses", want, got)
	}
	holds(uses{})
	holds(uses{11: 5, 12: 9, 500: 3}, 11, 12, 13, 500)
	if n, err := e.SweepCredentialUses(ctx); n != 1 || err != nil {
		t.Errorf("SweepCredentialUses = %d, %v; want 1", n, err)
	}
	many := make([]directory.CredentialID, 1_200)
	for i := range many {
		many[i] = directory.CredentialID(i + 1)
	}
	holds(uses{11: 5, 12: 9}, many...)
}
