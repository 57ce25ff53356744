package impact

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

// TestPreviewsTakeTurns: one of a caller and two in all are computed at once, without
// the turn of their requests; of one caller sixteen more wait, and of all sixty-four.
func TestPreviewsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPreviews(nil, nil, nil)
		var mu sync.Mutex
		in, turns, refused := 0, 0, map[directory.Kind]int{}
		count := func(n *int, by int) {
			mu.Lock()
			defer mu.Unlock()
			*n += by
		}
		enter := func(caller directory.UserID) {
			go func() {
				ctx, meter := admission.WithMeter(t.Context())
				meter.SetTurn(admission.Turn{
					Leave: func() { count(&turns, -1) }, Take: func(context.Context) error { count(&turns, 1); return nil },
				})
				count(&turns, 1) // as a request that was admitted
				leave, err := p.Enter(ctx, caller)
				mu.Lock()
				if err != nil {
					refused[directory.KindOf(err)]++
				} else {
					in++
				}
				mu.Unlock()
				if err == nil {
					time.Sleep(previewQueue / 4) // the preview
					leave()
					count(&in, -1)
				}
				count(&turns, -1)
			}()
			synctest.Wait()
		}
		check := func(who string, wantIn int, kind directory.Kind) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			if in != wantIn || turns != wantIn || refused[kind] != 1 {
				t.Errorf("%s: %d are in, with %d turns of the server, and %v are refused", who, in, turns, refused)
			}
		}
		const ada, jo = 1, 2
		for range 1 + previewsWait/4 + 1 {
			enter(ada)
		}
		check("one caller", 1, directory.KindTooMany)
		for i := range 1 + previewsWait + 1 {
			enter(directory.UserID(jo + i))
		}
		check("all callers", previewsAtOnce, directory.KindUnavailable)
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		if in != 0 || turns != 0 || p.own.Inside("1") != 0 || p.all.Inside("") != 0 {
			t.Errorf("in the end %d are in, with %d turns", in, turns)
		}
	})
}
