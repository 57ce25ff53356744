package core

import (
	"context"
	"slices"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
)

// A change with more edits than largeChange is large.
const largeChange = 200

// isLarge reports whether a change may take long to plan: it has many edits, or
// one whose cost grows with the history or with the number of users.
func (c *Core) isLarge(change directory.Change) bool {
	return len(change.Edits) > largeChange || c.env.TakesLong(change.Edits)
}

// Large changes that wait: one of a caller is with the writer at a time, and one in
// all, so that the changes of others come between them.
const (
	ownLarge      = 16 // that wait, of one caller
	largeWaiting  = 64 // of all callers
	largePatience = 30 * time.Second
)

// largeTurns let large changes in.
type largeTurns struct{ own, all *admission.Slots }

func newLargeTurns() largeTurns {
	return largeTurns{
		own: admission.NewSlots(admission.SlotsConfig{PerKey: 1, Waiting: ownLarge, Patience: largePatience,
			Refusal: "too many large changes of yours wait for the writer; wait for replies"}),
		all: admission.NewSlots(admission.SlotsConfig{PerKey: 1, Waiting: largeWaiting, Patience: largePatience,
			Shared: true, Refusal: "too many large changes wait for the writer; try again"}),
	}
}

// enterLarge waits for the turn of changes of which one is large, without a turn of
// the server. The program itself does not wait.
func (c *Core) enterLarge(
	ctx context.Context, caller directory.Caller, changes ...directory.Change,
) (leave func(), err error) {
	if caller.IsSystem() || !slices.ContainsFunc(changes, c.isLarge) {
		return func() {}, nil
	}
	err = admission.Outside(ctx, func() error {
		leave, err = admission.EnterBoth(ctx, c.large.own, c.large.all, directory.FormatID(caller.User))
		return err
	})
	return leave, err
}

// tryOutside plans a large change on a view, while others write. A change that is
// refused there is answered there and never reaches the writer. Otherwise the job
// carries what was read of the history, which does not change until something is
// forgotten.
func (c *Core) tryOutside(ctx context.Context, j *job) error {
	caller, change := j.caller, j.change
	forgets, read := c.forgets.Load(), map[directory.Revision]plan.Undoable{}
	since := c.published.Get()
	var refusal error
	err := c.store.Read(ctx, func(r store.Reader) error {
		s, ok, err := c.Match(ctx, r, since)
		if err != nil || !ok {
			return err // the writer decides
		}
		p, err := plan.New(ctx, c.env, r, s, caller)
		if err == nil {
			p.Read = read
			var answered bool
			if _, answered, err = c.Answered(ctx, r, caller, p.Powers, change.Repeat, p.At); err == nil && !answered {
				_, err = c.planChange(ctx, p, s, change)
			}
		}
		if plan.Refused(err) {
			refusal = err
		}
		return nil
	})
	if refusal == nil {
		refusal = ctx.Err()
	}
	if err == nil && c.link == nil { // what others forget is not known here
		j.forgets, j.read = forgets, read
	}
	// An error of the database the writer meets, too, and knows what it means.
	return refusal
}
