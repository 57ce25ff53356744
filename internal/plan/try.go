package plan

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// Try plans a change on a state as if a caller were to commit it, on rows and a
// catalog that are thrown away. Refusals are those of committing, except that a caller who has
// signed in long ago may try everything.
func Try(
	ctx context.Context, e *Env, r store.Reader, s *state.State, caller directory.Caller, change directory.Change,
) (*Planner, error) {
	caller.StaleSignIn = false
	p, err := New(ctx, e, r, s, caller)
	if err != nil {
		return nil, err
	}
	p.Numbered = change.Numbered
	return p, p.planTrial(change.Edits)
}

// Supposed is what the change would leave behind, and the users that were looked
// at, as it would leave them.
func (p *Planner) Supposed(s *state.State) (*state.State, map[directory.UserID]directory.UserRows) {
	return &state.State{Catalog: p.Catalog, Head: s.Head, Lineage: s.Lineage}, p.Users()
}

// planTrial plans edits that are not committed. It refuses edits whose effect would
// tell whether hidden values fit.
func (p *Planner) planTrial(edits []directory.Edit) error {
	if err := p.PlanEdits(edits); err != nil {
		return err
	}
	if p.blind {
		return directory.Invalid("misfits",
			"cannot be previewed as drop or convert: nobody is told whether hidden values fit")
	}
	return nil
}
