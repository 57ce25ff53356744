package apply

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// A Committer commits the edits of a part as one change.
type Committer interface {
	// Commit commits a change. A change that is refused for good fails with a *Refusal.
	Commit(ctx context.Context, c Change) (Committed, error)
}

// A Change is the change that a Committer commits.
type Change struct {
	Edits     []directory.Edit
	Comment   string
	RequestID string // of all changes of the job
	Key       string // of this change: repeating it has no second effect
}

// A Committed is the outcome of a Change.
type Committed struct {
	Revision int64
	Changed  bool
	Results  []int64 // ids by edit; 0 if there is none
}

// A Refusal says why a change is refused for good, so that repeating it is useless.
type Refusal struct {
	Field string // the place of the mistake, such as edits/3/name; may be empty
	Msg   string
	Err   error
}

// Error returns the reason.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Reason returns the reason without the place of the edit.
func (r *Refusal) Reason() string {
	if _, rest, ok := strings.Cut(r.Field, "edits/"); ok {
		if _, field, ok := strings.Cut(rest, "/"); ok {
			return strings.Replace(r.Msg, r.Field, field, 1)
		}
	}
	return r.Msg
}

// Reason returns why a step is refused, in a line for people.
func Reason(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason()
	}
	return err.Error()
}

// A Job applies one plan.
type Job struct {
	To      Committer
	Comment string
	// MaxEdits is the approximate number of edits in one change. 0 means as many as possible.
	MaxEdits int
	// RequestID is the request id of all changes of the job. Empty makes a new one.
	RequestID string
	// AtOnce is how many changes that only create users are sent concurrently. 0 means one.
	AtOnce int
	// Progress is called with the number of committed edits.
	Progress func(done int)
	// Refuse is called with each step that the server refuses, and the rest continues. Without
	// it the first refusal ends the job.
	Refuse func(s *desired.Step, why error)
}

// A Done is the outcome of a job.
type Done struct {
	RequestID string
	Revision  int64 // of the last change
	Changes   int   // the number of changes
	Edits     int   // the number of committed edits
}

// Add adds the outcome of another job of the same request.
func (d *Done) Add(more Done) {
	d.RequestID = more.RequestID
	d.Changes += more.Changes
	d.Edits += more.Edits
	d.Revision = max(d.Revision, more.Revision)
}

// Run applies the plan. After an error, what was committed stays, and a new plan continues
// from there.
func (j *Job) Run(ctx context.Context, plan *desired.Plan) (Done, error) {
	r := run{Job: j, apply: plan.Apply(j.maxEdits()), done: Done{RequestID: j.RequestID}, key: NewRequestID()}
	if r.done.RequestID == "" {
		r.done.RequestID = r.key
	}
	// It waits for the parts in flight, so that the caller learns their outcome.
	to := context.WithoutCancel(ctx)
	for {
		steps, skipped := r.apply.Next()
		for _, s := range skipped {
			j.Refuse(s, errRestsOnRefused)
		}
		var err error
		switch {
		case len(steps) == 0:
			err = r.land(to, 0)
			return r.done, err
		case j.AtOnce > 1 && desired.MakesUsers(steps):
			if err = errors.Join(r.land(to, j.AtOnce-1), ctx.Err()); err == nil {
				r.launch(to, r.apply.Part(steps))
			}
		default:
			if err = r.land(to, 0); err == nil {
				if steps = r.resting(steps); len(steps) > 0 {
					err = r.commit(to, r.apply.Part(steps))
				}
			}
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			err = errors.Join(err, r.land(to, 0))
			return r.done, err
		}
		if j.Progress != nil {
			j.Progress(r.done.Edits)
		}
	}
}

// NewRequestID returns a new request id for a job.
func NewRequestID() string { return "job-" + strings.ToLower(rand.Text()[:16]) }

var errRestsOnRefused = errors.New("rests on something that was refused")

func (j *Job) maxEdits() int {
	if j.MaxEdits > 0 {
		return j.MaxEdits
	}
	return directory.MaxEdits
}

// A run is a job in progress.
type run struct {
	*Job
	apply *desired.Applier
	done  Done
	key   string // the prefix of the keys of its requests
	sent  int    // the number of changes that were tried
	under []flight
}

// A flight is a part that was sent and has no answer yet.
type flight struct {
	part    *desired.Part
	outcome <-chan outcome
}

type outcome struct {
	committed Committed
	err       error
}

// launch sends a part without waiting for the answer.
func (r *run) launch(ctx context.Context, part *desired.Part) {
	change, answer := r.change(part), make(chan outcome, 1)
	go func() {
		out, err := r.To.Commit(ctx, change)
		answer <- outcome{out, err}
	}()
	r.under = append(r.under, flight{part, answer})
}

// land waits until at most most parts are in flight. A refused part is tried again when it is
// alone, because it may have overtaken what it depends on.
func (r *run) land(ctx context.Context, most int) (failed error) {
	var again []*desired.Part
	for len(r.under) > most {
		first := r.under[0]
		r.under = r.under[1:]
		out := <-first.outcome
		if _, refused := errors.AsType[*Refusal](out.err); refused && r.Refuse != nil {
			again, most = append(again, first.part), 0
			continue
		}
		if out.err == nil {
			r.landed(first.part, out.committed)
		}
		failed = errors.Join(failed, out.err)
	}
	for _, part := range again {
		if failed == nil {
			failed = r.commit(ctx, part)
		}
	}
	return failed
}

// commit commits a part. If it is refused, the faulty step is left out; if the refusal names
// none, the halves are tried.
func (r *run) commit(ctx context.Context, part *desired.Part) error {
	for {
		err := r.send(ctx, part)
		problem, refused := errors.AsType[*Refusal](err)
		if err == nil || !refused || r.Refuse == nil {
			return err
		}
		if len(part.Steps) == 1 {
			r.apply.Refused(part.Steps[0])
			r.Refuse(part.Steps[0], problem)
			return nil
		}
		at, named := blamed(part, problem.Field)
		if !named {
			return r.halves(ctx, part.Steps)
		}
		step := part.Steps[at]
		r.apply.Refused(step)
		r.Refuse(step, problem)
		steps := append(append([]*desired.Step{}, part.Steps[:at]...), part.Steps[at+1:]...)
		if steps = r.resting(steps); len(steps) == 0 {
			return nil
		}
		part = r.apply.Part(steps)
	}
}

func (r *run) halves(ctx context.Context, steps []*desired.Step) error {
	middle := len(steps) / 2
	for _, half := range [][]*desired.Step{steps[:middle], steps[middle:]} {
		if half = r.resting(half); len(half) == 0 {
			continue
		}
		if err := r.commit(ctx, r.apply.Part(half)); err != nil {
			return err
		}
	}
	return nil
}

// resting drops the steps that depend on something that was refused.
func (r *run) resting(steps []*desired.Step) []*desired.Step {
	var left []*desired.Step
	for _, s := range steps {
		if r.apply.RestsOnRefused(s) {
			r.apply.Refused(s)
			r.Refuse(s, errRestsOnRefused)
			continue
		}
		left = append(left, s)
	}
	return left
}

// blamed returns the step of the edit that a refusal names, as in edits/12/name.
func blamed(part *desired.Part, field string) (step int, ok bool) {
	rest, ok := strings.CutPrefix(field, "edits/")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0, false
	}
	for i, s := range part.Steps {
		if n < len(s.Edits) {
			return i, true
		}
		n -= len(s.Edits)
	}
	return 0, false
}

// send commits a part as one change.
func (r *run) send(ctx context.Context, part *desired.Part) error {
	out, err := r.To.Commit(ctx, r.change(part))
	if err == nil {
		r.landed(part, out)
	}
	return err
}

// change returns the change of a part. Its key makes it safe to repeat.
func (r *run) change(part *desired.Part) Change {
	r.sent++
	key := fmt.Sprintf("%s-%d", r.key, r.sent)
	return Change{Edits: part.Edits, Comment: r.Comment, RequestID: r.done.RequestID, Key: key}
}

// landed counts a committed part.
func (r *run) landed(part *desired.Part, out Committed) {
	r.apply.Done(part, out.Results)
	r.done.Revision = max(r.done.Revision, out.Revision)
	if out.Changed {
		r.done.Changes++
	}
	r.done.Edits += len(part.Edits)
}
