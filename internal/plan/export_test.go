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

// PlanRows plans rows that no edit has made, and checks the outcome.
func (p *Planner) PlanRows(puts []directory.Row, removes []directory.RowKey) error {
	for _, key := range removes {
		if err := p.Remove(key); err != nil {
			return fmt.Errorf("planning: %w", err)
		}
	}
	for _, row := range puts {
		if err := p.Put(row); err != nil {
			return fmt.Errorf("planning: %w", err)
		}
	}
	return p.checkOutcome()
}

// WantUnique has the name of a group or the label of an attribute checked.
func (p *Planner) WantUnique(o directory.Object) { p.uniques = append(p.uniques, o) }
