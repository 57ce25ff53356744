package admission_test

import (
	"testing"

	"cohort/internal/admission"
)

// TestUnitsOfCost holds what operators are told of --credential-cost.
func TestUnitsOfCost(t *testing.T) {
	ctx, m := admission.WithMeter(t.Context())
	for _, c := range []struct {
		what string
		add  func()
		want float64
	}{
		{"an edit", func() { admission.AddEdits(ctx, 1) }, 1},
		{"10,000 edits of one change", func() { admission.AddEdits(ctx, 10_000) }, 10_000},
		{"100 users looked at", func() { admission.AddUsers(ctx, 100) }, 1},
		{"64 KiB", func() { m.AddBytes(64 << 10) }, 1},
	} {
		before := m.Units()
		if c.add(); m.Units()-before != c.want {
			t.Errorf("%s: %v units, want %v", c.what, m.Units()-before, c.want)
		}
	}
}
