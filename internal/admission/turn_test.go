package admission_test

import (
	"context"
	"errors"
	"testing"

	"cohort/internal/admission"
)

func TestARequestThatWaitsElsewhereGivesUpItsTurn(t *testing.T) {
	ctx, m := admission.WithMeter(t.Context())
	inside, full := 1, false
	m.SetTurn(admission.Turn{
		Leave: func() { inside-- },
		Take: func(context.Context) error {
			if full {
				return errors.New("no turn")
			}
			inside++
			return nil
		},
	})
	failed := errors.New("failed")
	for range 2 {
		err := admission.Outside(ctx, func() error {
			return admission.Outside(ctx, func() error { // a write that waits within a search
				if inside != 0 {
					t.Errorf("%d turns are held while it waits", inside)
				}
				return failed
			})
		})
		if inside != 1 || !errors.Is(err, failed) {
			t.Errorf("afterwards %d turns are held; %v", inside, err)
		}
	}
	full = true
	if err := admission.Outside(ctx, func() error { return nil }); err != nil || inside != 0 {
		t.Errorf("without a turn to take: %v, %d", err, inside)
	}
	if err := admission.Outside(t.Context(), func() error { return nil }); err != nil {
		t.Errorf("work of the program itself: %v", err)
	}
}
