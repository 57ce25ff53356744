package bulk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
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
func (q Request) working() (context.Context, context.CancelFunc) {
	end, ok := q.context().Deadline()
	if !ok {
		return q.context(), func() {}
	}
	return context.WithDeadline(q.context(), end.Add(-replyTime))
}

// record records the outcome of the change of an item. explain translates the error;
// nil leaves it as it is.
func (q Request) record(r *Result, i int, a directory.Attempt, explain func(i int, err error) error) {
	if a.Err == nil {
		r.Success, r.Changed = true, &a.Committed.Changed
		first := a.Committed.Results
		if a.Committed.Repeated && r.Action == Update && len(first) > 0 && first[0].Made {
			r.Note(first[0].ID, true) // it exists now, so a retry would update it
		}
		if r.ID == nil && r.Action == Create && len(a.Committed.Results) > 0 && a.Committed.Results[0].Made {
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
	if fault.Of(a.Err).Status >= http.StatusInternalServerError {
		q.Log.Error("item of a bulk call failed", "item", i, "error", a.Err.Error())
	}
	r.Fail(a.Err)
}

// gone returns an error if the caller has gone away. Running out of time is not an error.
func (q Request) gone() error {
	if err := q.context().Err(); errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// A Call runs a change for each of many items.
type Call struct {
	Request

	Results []Result
	// Plan returns the plan of an item. Its error ends the call.
	Plan func(i int) (Plan, error)
	// Len returns the length of an item in the body, in bytes.
	Len func(i int) int
	// Explain translates the refusal of an item. Nil leaves errors as they are.
	Explain func(i int, err error) error
	// Again reports whether a refused item may succeed after others. Nil means never.
	Again func(err error) bool
	// IsPassed reports whether a later item about the same object was done, so that the item
	// must be skipped. Nil means never.
	IsPassed func(i int) bool
}

// Run does the items in the given order. It retries items that others may have obstructed as
// long as some succeed.
func (b *Call) Run(order []int) error {
	work, done := b.working()
	defer done()
	for len(order) > 0 {
		var again []int
		helped := false
		for len(order) > 0 {
			if work.Err() != nil {
				for _, i := range append(order, again...) {
					b.Results[i].refuse(notDone)
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
		if b.IsPassed != nil {
			again = slices.DeleteFunc(again, b.IsPassed)
		}
		order = again
	}
	return nil
}

// together returns the next items that go to the writer together.
func (b *Call) together(order []int) []int {
	length := 0
	for n, i := range order {
		if length += b.Len(i); n == maxTogether || n > 0 && length > maxTogetherLen {
			return order[:n]
		}
	}
	return order
}

// runSome runs a change for each of some items, and returns the items that may succeed in
// another try.
func (b *Call) runSome(some []int) (again []int, err error) {
	plans := make([]Plan, len(some))
	for n, i := range some {
		if plans[n], err = b.Plan(i); err != nil {
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
		if a.Err != nil && b.Again != nil && b.Again(a.Err) {
			again = append(again, i)
		}
		b.record(&b.Results[i], i, a, b.Explain)
	}
	return again, nil
}

// InOrder returns the indexes of n items.
func InOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
