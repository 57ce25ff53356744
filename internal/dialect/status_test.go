package dialect_test

import (
	"slices"
	"testing"

	"cohort/internal/dialect"
	"cohort/internal/directory"
)

// TestKindUndoesStatus: an error that a surface makes in its own words has the kind that
// the same error of the domain would have, or counts as invalid.
func TestKindUndoesStatus(t *testing.T) {
	shared := []directory.Kind{ // their status says less than the kind
		directory.KindMalformed, directory.KindProtected, directory.KindStale, directory.KindGone,
		directory.KindUnsupportedMedia,
	}
	for _, kind := range directory.Kinds() {
		got := dialect.Kind(dialect.Status(&directory.Error{Kind: kind}))
		if slices.Contains(shared, kind) {
			if got != directory.KindInvalid && got != directory.KindConflict {
				t.Errorf("kind %d comes back as %d", kind, got)
			}
			continue
		}
		if got != kind {
			t.Errorf("kind %d comes back as %d", kind, got)
		}
	}
}
