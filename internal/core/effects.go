package core

import (
	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/plan"
	"cohort/internal/state"
)

// ImpactOf is a planned change as its effects are compared.
func ImpactOf(p *plan.Planner, s *state.State) *impact.Change {
	return &impact.Change{
		Before: s.Catalog, After: p.Catalog, Writes: p.Writes(), Changed: len(p.Secrets) > 0, Results: p.Results,
		Reader: p.Reader, Base: baseOf(s), At: p.At, Caller: p.Caller, Misfits: p.Kept,
		User: func(id directory.UserID) (before, after *directory.UserRows, err error) {
			u, err := p.AnyUser(id)
			if err != nil {
				return nil, nil, err
			}
			return &u.Before, &u.After, nil
		},
	}
}

// baseOf is what previews call the state.
func baseOf(s *state.State) impact.Base { return impact.Base{Lineage: s.Lineage, Head: s.Head} }
