package propeller

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
)

const (
	// maxTogether is how many items go to the writer together. Others write in between.
	maxTogether = 64
	// maxTogetherLen is how many bytes of the body they may have.
	maxTogetherLen = 64 << 10
	// replyTime is the part of a request's time that is reserved for its reply.
	replyTime = time.Second
)

// notDone is the error of items whose turn did not come within the time of the request. They
// can be sent again.
const notDone = "not done"

// working returns a context that ends a little before that of the request, so that the reply
// can still say which items were not done.
func (q *request) working() (context.Context, context.CancelFunc) {
	end, ok := q.ctx().Deadline()
	if !ok {
		return q.ctx(), func() {}
	}
	return context.WithDeadline(q.ctx(), end.Add(-replyTime))
}

// recordAttempt records the outcome of the change of an item. explain translates the error;
// nil leaves it as it is.
func (q *request) recordAttempt(r *bulkResult, i int, a directory.Attempt, explain func(i int, err error) error) {
	if a.Err == nil {
		r.Success, r.Changed = true, &a.Committed.Changed
		first := a.Committed.Results
		if a.Committed.Repeated && r.Action == actionUpdate && len(first) > 0 && first[0].Made {
			r.note(first[0].ID, true) // it exists now, so a retry would update it
		}
		if r.ID == nil && r.Action == actionCreate && len(a.Committed.Results) > 0 && a.Committed.Results[0].Made {
			r.ID = &a.Committed.Results[0].ID
		}
		return
	}
	if errors.Is(a.Err, directory.ErrOutcomeUnknown) {
		r.refuse("the outcome is unknown: look before you send it again")
		return
	}
	if errors.Is(a.Err, context.DeadlineExceeded) || directory.KindOf(a.Err) == directory.KindUnavailable {
		r.refuse(notDone)
		return
	}
	if explain != nil {
		a.Err = explain(i, a.Err)
	}
	if faultOf(a.Err).status >= http.StatusInternalServerError {
		q.Log.Error("item of a bulk call failed", "item", i, "error", a.Err.Error())
	}
	r.fail(a.Err)
}

// gone returns an error if the caller has gone away. Running out of time is not an error.
func (q *request) gone() error {
	if err := q.ctx().Err(); errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// A bulkCall runs a change for each of many items.
type bulkCall struct {
	*request
	results []bulkResult
	// plan returns the plan of an item. Its error ends the call.
	plan func(i int) (plan, error)
	// length returns the length of an item in the body, in bytes.
	length func(i int) int
	// explain translates the refusal of an item. Nil leaves errors as they are.
	explain func(i int, err error) error
	// again reports whether a refused item may succeed after others. Nil means never.
	again func(err error) bool
	// isPassed reports whether a later item about the same object was done, so that the item
	// must be skipped. Nil means never.
	isPassed func(i int) bool
}

// run does the items in the given order. It retries items that others may have obstructed as
// long as some succeed.
func (b *bulkCall) run(order []int) error {
	work, done := b.working()
	defer done()
	for len(order) > 0 {
		var again []int
		helped := false
		for len(order) > 0 {
			if work.Err() != nil {
				for _, i := range append(order, again...) {
					b.results[i].refuse(notDone)
				}
				return b.gone()
			}
			some := b.together(order)
			order = order[len(some):]
			failed, err := b.runSome(some)
			if err != nil {
				return err
			}
			again, helped = append(again, failed...), helped || len(failed) < len(some)
		}
		if !helped {
			return nil
		}
		if b.isPassed != nil {
			again = slices.DeleteFunc(again, b.isPassed)
		}
		order = again
	}
	return nil
}

// together returns the next items that go to the writer together.
func (b *bulkCall) together(order []int) []int {
	length := 0
	for n, i := range order {
		if length += b.length(i); n == maxTogether || n > 0 && length > maxTogetherLen {
			return order[:n]
		}
	}
	return order
}

// runSome runs a change for each of some items, and returns the items that may succeed in
// another try.
func (b *bulkCall) runSome(some []int) (again []int, err error) {
	plans := make([]plan, len(some))
	for n, i := range some {
		if plans[n], err = b.plan(i); err != nil {
			return nil, err
		}
	}
	attempts, err := b.attempt(plans)
	if err != nil {
		return nil, err
	}
	for n, a := range attempts {
		if err := b.gone(); a.Err != nil && err != nil {
			return nil, err
		}
		i := some[n]
		if a.Err != nil && b.again != nil && b.again(a.Err) {
			again = append(again, i)
		}
		b.recordAttempt(&b.results[i], i, a, b.explain)
	}
	return again, nil
}

// replyBulk answers with the outcome of each item.
func (q *request) replyBulk(results []bulkResult, message string) error {
	return q.reply(http.StatusOK, append([]bulkResult{}, results...), len(results), message)
}

// inOrder returns the indexes of n items.
func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// A part plans the items of a bulk call about one object, from one index to before another, as
// one change. It records what each item does and which ones it refuses. owner holds the item
// that each edit belongs to.
type part func(now Directory, from, to int) (edits []directory.Edit, owner []int, err error)

// replyParts answers a bulk call about one object, or its preview.
func (q *request) replyParts(results []bulkResult, most int, message string, do part) error {
	if q.preview {
		return q.showParts(results, do)
	}
	if err := q.runParts(results, most, do); err != nil {
		return err
	}
	return q.replyBulk(results, message)
}

// runParts puts as many items of one object as possible into each change, so that the object
// is read once for all of them. A refused item is cut out; those before and after it are done.
func (q *request) runParts(results []bulkResult, most int, do part) error {
	if q.r.Header.Get(dialect.IdempotencyKey) != "" {
		return q.runAlone(results, do)
	}
	if same, err := q.isThere(results, do); same || err != nil {
		return err
	}
	work, done := q.working()
	defer done()
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
		to, err := q.runPart(results, from, min(from+most, len(results)), do)
		if err != nil {
			return err
		}
		from = to
	}
	return nil
}

// runAlone does each item in a change of its own, as an Idempotency-Key requires.
func (q *request) runAlone(results []bulkResult, do part) error {
	b := &bulkCall{request: q, results: results, length: func(int) int { return 0 }}
	b.plan = func(i int) (plan, error) {
		return func(now Directory) ([]directory.Edit, error) {
			results[i].reset()
			edits, _, err := do(now, i, i+1)
			if why := results[i].Error; err == nil && why != "" {
				err = newFault(codePayload, why)
			}
			return edits, err
		}, nil
	}
	return b.run(inOrder(len(results)))
}

// isThere reports whether the items change nothing, so that the writer is not needed.
func (q *request) isThere(results []bulkResult, do part) (bool, error) {
	for i := range results {
		results[i].reset()
	}
	edits, _, err := do(q.dir, 0, len(results))
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
func (q *request) runPart(results []bulkResult, from, to int, do part) (next int, err error) {
	var owner []int
	attempts, err := q.attempt([]plan{func(now Directory) (edits []directory.Edit, err error) {
		for i := from; i < to; i++ {
			results[i].reset()
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
		q.recordAttempt(&results[from], from, attempt, nil)
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
