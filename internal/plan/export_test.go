package plan

import (
	"fmt"

	"cohort/internal/directory"
)

// PlanUnchecked plans an edit that nothing has authorized, and checks the
// outcome.
func (p *Planner) PlanUnchecked(edit directory.Edit) error {
	p.recorded = append(p.recorded, edit)
	if _, err := p.apply(edit); err != nil {
		return fmt.Errorf("planning: %w", err)
	}
	return p.checkOutcome()
}
