package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
)

// largeChange is up to how many edits a change goes to the writer as it is.
const largeChange = 200

// isLarge reports whether a change may take long to plan: it has many edits, or
// one that does more the longer the history or the more users there are.
func (c *Core) isLarge(change directory.Change) bool {
	return len(change.Edits) > largeChange || c.env.TakesLong(change.Edits)
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
