package lookercopy

import (
	"context"
)

// A Target carries edits out.
type Target interface {
	// Commit runs edits as one change and gives the id of what each made or
	// edited. refused is nil, or why the change was refused: nothing of it has
	// happened then, and others may be tried.
	Commit(ctx context.Context, edits []Edit) (ids []string, changed bool, refused, err error)
}

// batch is about how many edits stand in one change.
const batch = 500

// Run carries the plan out. What is refused is added to Missed, and the rest
// goes on. It returns how many changes were made; it is safe to run a plan made
// anew after any end.
func (p *Plan) Run(ctx context.Context, target Target, progress Progress) (changes int, err error) {
	total, done := 0, 0
	for _, stage := range p.stages {
		total += len(stage)
	}
	for _, stage := range p.stages {
		for len(stage) > 0 {
			n, made, err := p.runBatch(ctx, target, stage)
			if err != nil {
				return changes, err
			}
			stage, changes, done = stage[n:], changes+made, done+n
			progress("steps", done, total)
		}
	}
	return changes, nil
}

// runBatch carries out as many of the steps as go into one change and says how
// many. If the change is refused each is tried alone.
func (p *Plan) runBatch(ctx context.Context, target Target, steps []step) (n, changes int, err error) {
	var edits []Edit
	var firsts []int
	for n < len(steps) && (n == 0 || len(edits) < batch) {
		firsts = append(firsts, len(edits))
		edits = append(edits, steps[n].edits(len(edits))...)
		n++
	}
	if len(edits) == 0 {
		return n, 0, nil
	}
	ids, changed, refused, err := target.Commit(ctx, edits)
	switch {
	case err != nil:
		return n, 0, err
	case refused == nil:
		for i, first := range firsts {
			if steps[i].made != nil {
				steps[i].made(ids[first])
			}
		}
		if changed {
			changes = 1
		}
		return n, changes, nil
	case n == 1:
		p.miss(steps[0].kind, steps[0].name, refused.Error())
		return 1, 0, nil
	}
	for i := range n {
		_, more, err := p.runBatch(ctx, target, steps[i:i+1])
		if err != nil {
			return n, changes, err
		}
		changes += more
	}
	return n, changes, nil
}

// Unknown are the users of the source without an e-mail, by id: whether they
// are there already has to be asked by source reference.
func (s *Snapshot) Unknown() (ids []string) {
	for _, u := range s.users {
		if fold(text(u.Email)) == "" {
			ids = append(ids, u.ID)
		}
	}
	return ids
}
