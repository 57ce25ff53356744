package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// plan checks a change against the working state and yields what to execute.
// A refusal is a directory.Error; any other error is the database's.
func (c *Core) plan(ctx context.Context, r store.Reader, s *state.State, j *job) (*plan.Planned, error) {
	if j.work != nil {
		return j.work.Plan(c.env, s)
	}
	p, err := plan.New(ctx, c.env, r, s, j.caller)
	if err != nil {
		return nil, err
	}
	if j.forgets == c.forgets.Load() {
		p.Read = j.read
	}
	change := j.change
	if j.prepare != nil {
		if change, err = c.prepare(p, s, j); err != nil {
			return nil, err
		}
	}
	if done, ok, err := c.Answered(ctx, r, j.caller, p.Powers, change.Repeat, p.At); err != nil || ok {
		return &plan.Planned{Earlier: &done, Effect: working.Effect{Commit: store.Commit{Head: s.Head}}}, err
	}
	drifted, err := c.planChange(ctx, p, s, change)
	if err != nil {
		return nil, err
	}
	out, err := p.Finish(change.Comment)
	if err != nil {
		return nil, err
	}
	out.Drifted, out.Payer = drifted, p.Payer
	out.Answer, err = c.answer(j.caller, p.Needed, change.Repeat, out, p.At)
	return out, err
}

// planChange plans the edits of a change that is to be made, and checks its
// preview: drifted is how much has moved since.
func (c *Core) planChange(
	ctx context.Context, p *plan.Planner, s *state.State, change directory.Change,
) (drifted int, err error) {
	if change.Token != "" {
		drifted, err = c.previews.Check(ctx, &impact.Presented{
			Change: change, Caller: p.Caller, At: p.At, Base: baseOf(s), Catalog: s.Catalog, Reader: p.Reader,
		})
		if err != nil {
			return 0, err
		}
	}
	p.Numbered = change.Numbered
	if err := p.PlanEdits(change.Edits); err != nil {
		return 0, err
	}
	if share := c.opt.PreviewGuard; share > 0 && !p.Caller.IsSystem() && change.Token == "" &&
		!c.opt.OwnGuard[p.Caller.Dialect] {
		return drifted, ImpactOf(p, s).Guard(ctx, share)
	}
	return drifted, nil
}
