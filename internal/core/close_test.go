package core_test

import (
	"context"
	"sync"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// Once the directory is closed every change is refused, also those that would
// have waited in a full queue, and nobody waits.
func TestChangesAfterTheEndAreRefused(t *testing.T) {
	w := coretest.New(t)
	before := w.Core.Head().Revision
	w.Core.Close()
	var wg sync.WaitGroup
	for range 5000 { // more than the queue holds
		wg.Go(func() {
			_, err := w.Admin().Commit(context.Background(),
				directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "late"}}})
			if directory.KindOf(err) != directory.KindUnavailable {
				t.Errorf("a change after the end: %v", err)
			}
		})
	}
	wg.Wait()
	if now := w.Core.Head().Revision; now != before {
		t.Errorf("the revision went from %d to %d", before, now)
	}
}
