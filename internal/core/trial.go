package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A Trial is a change that was planned on rows and a catalog that are thrown
// away.
type Trial struct {
	p *planner
	s *state.State
}

// Try plans edits on a state as if a caller were to commit them. Refusals are
// those of Commit.
func (c *Core) Try(
	ctx context.Context, r store.Reader, s *state.State, caller directory.Caller, edits []directory.Edit,
) (*Trial, error) {
	p, err := c.planner(ctx, r, s, caller)
	if err != nil {
		return nil, err
	}
	return &Trial{p, s}, p.planTrial(edits)
}

// Impact is the change as its effects are compared.
func (t *Trial) Impact() *impact.Change { return t.p.impact(t.s) }

// State is what the change would leave behind, and the users that it touches, as
// it would leave them.
func (t *Trial) State() (*state.State, map[directory.UserID]directory.UserRows) {
	users := map[directory.UserID]directory.UserRows{}
	for id, u := range t.p.users {
		users[id] = u.after
	}
	return &state.State{Catalog: t.p.catalog, Head: t.s.Head, Lineage: t.s.Lineage}, users
}

// impact is the planned change as its effects are compared.
func (p *planner) impact(s *state.State) *impact.Change {
	return &impact.Change{
		Before: s.Catalog, After: p.catalog, Writes: p.writes(), Changed: len(p.secrets) > 0, Results: p.results,
		Reader: p.reader, Base: baseOf(s), At: p.at, Caller: p.caller, Misfits: p.kept,
		User: func(id directory.UserID) (before, after *directory.UserRows, err error) {
			u, err := p.anyUser(id)
			if err != nil {
				return nil, nil, err
			}
			return &u.before, &u.after, nil
		},
	}
}

// planTrial plans edits that are not committed: it refuses what would tell whether
// hidden values fit.
func (p *planner) planTrial(edits []directory.Edit) error {
	if err := p.planEdits(edits); err != nil {
		return err
	}
	if p.blind {
		return directory.Invalid("misfits", "cannot be tried as drop or convert: whether hidden values fit is not told")
	}
	return nil
}

// baseOf is what previews call the state.
func baseOf(s *state.State) impact.Base { return impact.Base{Lineage: s.Lineage, Head: s.Head} }
