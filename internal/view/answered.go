package view

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Answered returns what the same request was answered within a day; ok is false
// if it was not made. A different request under the same key is refused.
func (a *View) Answered(ctx context.Context, repeat directory.Repeat) (done directory.Committed, ok bool, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		done, ok, err = a.core.Answered(ctx, r, a.caller, v.powers, repeat, v.At)
		return err
	})
	if err == nil && ok {
		err = a.core.ConfirmDurable(ctx)
	}
	return done, ok && err == nil, err
}
