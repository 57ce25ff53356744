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
	// maxTogether is how many items are handed to the writer together: others
	// write in between.
	maxTogether = 64
	// maxTogetherLen is how long those are in the body, in bytes.
	maxTogetherLen = 64 << 10
	// replyTime is kept of the time that a request has for its reply.
	replyTime = time.Second
)

// notDone is what is said of items whose turn has not come when the time of the
// request is over: they can be sent again.
const notDone = "not done"

// working is a context that ends a little before that of the request: items that
// are not begun by then are not done, and the reply can say so.
func (q *request) working() (context.Context, context.CancelFunc) {
	end, ok := q.ctx().Deadline()
	if !ok {
		return q.ctx(), func() {}
	}
	return context.WithDeadline(q.ctx(), end.Add(-replyTime))
}

// recordAttempt notes what became of the change of an item. explain says in the
// item's words why it was refused; nil leaves the error as it is.
func (q *request) recordAttempt(r *bulkResult, i int, a directory.Attempt, explain func(i int, err error) error) {
	if a.Err == nil {
		r.Success, r.Changed = true, &a.Committed.Changed
		first := a.Committed.Results
		if a.Committed.Repeated && r.Action == actionUpdate && len(first) > 0 && first[0].Made {
			r.note(first[0].ID, true) // now it is there, and would be updated
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

// gone is the error of a caller that has gone away: nobody is there to be told
// what was done. That the time is over is none.
func (q *request) gone() error {
	if err := q.ctx().Err(); errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// A bulkCall does something with each of many items, each in a change of its own.
type bulkCall struct {
	*request
	results []bulkResult
	// plan is the plan of an item; its error ends the call.
	plan func(i int) (plan, error)
	// length is how long an item is in the body.
	length func(i int) int
	// explain says in an item's words why it was refused; nil leaves errors as they
	// are.
	explain func(i int, err error) error
	// again reports whether an item that was refused for a reason may succeed once
	// others are done. Nil is never.
	again func(err error) bool
	// isPassed reports whether a later item about the same object was done, so that
	// the item must not be done after it. Nil is never.
	isPassed func(i int) bool
}

// run does the items in an order. Those that others may have stood in the way of
// are tried again, as long as that helps.
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

// together are the next items that are handed to the writer together.
func (b *bulkCall) together(order []int) []int {
	length := 0
	for n, i := range order {
		if length += b.length(i); n == maxTogether || n > 0 && length > maxTogetherLen {
			return order[:n]
		}
	}
	return order
}

// runSome runs a change for each of some items, and returns those that may
// succeed once others have.
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

// replyBulk answers with what became of each item.
func (q *request) replyBulk(results []bulkResult, message string) error {
	return q.reply(http.StatusOK, append([]bulkResult{}, results...), len(results), message)
}

// inOrder are the numbers of n items.
func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// A part does the items of a bulk call about one object from one to before
// another in one change. It notes what each does, and what it refuses itself;
// owner says whose each edit is.
type part func(now Directory, from, to int) (edits []directory.Edit, owner []int, err error)

// replyParts answers a bulk call about one object, or shows what it would do.
func (q *request) replyParts(results []bulkResult, most int, message string, do part) error {
	if q.preview {
		return q.showParts(results, do)
	}
	if err := q.runParts(results, most, do); err != nil {
		return err
	}
	return q.replyBulk(results, message)
}

// runParts does the items of one object, as many as possible in one change: what
// the object has is read once for all of them. An item that is refused is cut
// out; those before it and those after it are done.
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

// runAlone does each item in a change of its own: only so is it answered again as
// it was under the key of the request.
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

// isThere reports whether all that the items ask for is there already. Then the
// writer is not asked for anything.
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

// runPart does the items from one to before another, or the first of them, and
// returns which comes next.
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

// cut is where a part ends that is tried next: before the item that was refused, or
// after it if it is the first. If an error names none, half of the items is tried.
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

// refusedOwner finds whose edit it was that was refused.
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
