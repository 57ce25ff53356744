package storetest

import (
	"testing"

	"cohort/internal/store"
)

func testUpgrades(t *testing.T, s store.Store) {
	ctx, e := t.Context(), s.Ephemera()
	for range 2 {
		if err := e.PutUpgrade(ctx, "one"); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{"one": true, "two": false} {
		if done, err := e.Upgraded(ctx, name); done != want || err != nil {
			t.Errorf("Upgraded(%s) = %v, %v", name, done, err)
		}
	}
}
