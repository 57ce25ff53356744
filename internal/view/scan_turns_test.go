package view

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

// TestSearchesTakeTurns: one of a caller and two in all look at every user; of one
// caller sixteen more wait, and of all sixty-four.
func TestSearchesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScans()
		var mu sync.Mutex
		in, refused := 0, map[directory.Kind]int{}
		enter := func(caller string) {
			go func() {
				leave, err := admission.EnterBoth(t.Context(), s.own, s.all, caller)
				mu.Lock()
				if err != nil {
					refused[directory.KindOf(err)]++
				} else {
					in++
				}
				mu.Unlock()
				if err != nil {
					return
				}
				time.Sleep(scanPatience / 4) // the search
				leave()
			}()
			synctest.Wait()
		}
		for range 1 + ownScans + 1 {
			enter("ada")
		}
		check := func(who string, wantIn int, kind directory.Kind) {
			mu.Lock()
			defer mu.Unlock()
			if in != wantIn || refused[kind] != 1 {
				t.Errorf("%s: %d are in, %v are refused", who, in, refused)
			}
		}
		check("one caller", 1, directory.KindTooMany)
		for i := range 1 + scansWaiting + 1 {
			enter(directory.FormatID(directory.UserID(i + 1)))
		}
		check("all callers", maxScans, directory.KindUnavailable)
		time.Sleep(time.Hour)
		if s.own.Inside("ada") != 0 || s.all.Inside("") != 0 {
			t.Error("turns are held in the end")
		}
	})
}
