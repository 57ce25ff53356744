package bulk

import (
	"errors"
	"strconv"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/view"
)

// A Part plans the items of a bulk call about one object, from one index to before another, as
// one change. It records what each item does and which ones it refuses. owner holds the item
// that each edit belongs to.
type Part func(now *view.View, from, to int) (edits []directory.Edit, owner []int, err error)

// RunParts puts as many items of one object as possible into each change, so that the object
// is read once for all of them. A refused item is cut out; those before and after it are done.
func (q Request) RunParts(results []Result, most int, do Part) error {
	if q.R.Header.Get(dialect.IdempotencyKey) != "" {
		return q.runAlone(results, do)
	}
	if len(results) > most { // a single part finds out by itself
		if same, err := q.isThere(results, do); same || err != nil {
			return err
		}
	}
	work, done := q.working()
	defer done()
	var pace view.Pace
	for from := 0; from < len(results); {
		if work.Err() != nil {
			if err := q.gone(); err != nil {
				return err
			}
			for i := from; i < len(results); i++ {
				results[i].refuse(notDone)
			}
			return nil
		}
		to, err := q.runPart(results, from, min(from+pace.Width(most), len(results)), do)
		if err != nil {
			return err
		}
		pace.Made(to-from, q.Dir.Took())
		from = to
	}
	return nil
}

// runAlone does each item in a change of its own, as an Idempotency-Key requires.
func (q Request) runAlone(results []Result, do Part) error {
	b := &Call{Request: q, Results: results, Len: func(int) int { return 0 }}
	b.Plan = func(i int) (Plan, error) {
		return func(now *view.View) ([]directory.Edit, error) {
			results[i].Reset()
			edits, _, err := do(now, i, i+1)
			if why := results[i].Error; err == nil && why != "" {
				err = fault.New(fault.Payload, why)
			}
			return edits, err
		}, nil
	}
	return b.Run(InOrder(len(results)))
}

// isThere reports whether the items change nothing, so that the writer is not needed.
func (q Request) isThere(results []Result, do Part) (bool, error) {
	if err := q.Dir.CatchUp(q.context()); err != nil {
		return false, err
	}
	for i := range results {
		results[i].Reset()
	}
	edits, _, err := do(q.Dir, 0, len(results))
	if len(edits) > 0 || err != nil {
		return false, err
	}
	for i := range results {
		if r := &results[i]; r.Error == "" {
			r.Success, r.Changed = true, new(bool)
		}
	}
	return true, nil
}

// runPart does the items from one index to before another, or as many of them as possible, and
// returns the next index.
func (q Request) runPart(results []Result, from, to int, do Part) (next int, err error) {
	var owner []int
	attempts, err := q.attempt([]Plan{func(now *view.View) (edits []directory.Edit, err error) {
		for i := from; i < to; i++ {
			results[i].Reset()
		}
		edits, owner, err = do(now, from, to)
		return edits, err
	}})
	if err != nil {
		return from, err
	}
	attempt := attempts[0]
	if attempt.Err == nil {
		changed := map[int]bool{}
		for _, i := range owner {
			changed[i] = true
		}
		for i := from; i < to; i++ {
			if r := &results[i]; r.Error == "" {
				is := changed[i] && attempt.Committed.Changed
				r.Success, r.Changed = true, &is
			}
		}
		return to, nil
	}
	if err := q.gone(); err != nil {
		return from, err
	}
	if to-from == 1 {
		q.record(&results[from], from, attempt, nil)
		return to, nil
	}
	return q.runPart(results, from, cut(attempt.Err, owner, from, to), do)
}

// cut returns where the next part ends: before the refused item, or after it if it is the
// first. If an error names no item, it is the middle.
func cut(err error, owner []int, from, to int) int {
	i, ok := refusedOwner(err, owner)
	switch {
	case !ok:
		return from + (to-from)/2
	case i == from:
		return from + 1
	}
	return i
}

// refusedOwner returns the item whose edit was refused.
func refusedOwner(err error, owner []int) (int, bool) {
	if len(owner) == 1 {
		return owner[0], true
	}
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		return 0, false
	}
	rest, ok := strings.CutPrefix(e.Field, "edits/")
	number, _, _ := strings.Cut(rest, "/")
	edit, err := strconv.Atoi(number)
	if !ok || err != nil || edit < 0 || edit >= len(owner) {
		return 0, false
	}
	return owner[edit], true
}
