package view

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// A pin is the state inside a transaction, for a View that prepares a change
// there.
type pin struct {
	view   *Scope
	reader store.Reader
	until  time.Time
}

// isOver reports whether a change has been prepared in the writer for too long.
func (p *pin) isOver() bool { return time.Now().After(p.until) }

const (
	// maxTogether is how many changes are prepared on one view and made together.
	maxTogether = 64
	// maxRounds is how often a change is prepared outside of the writer.
	maxRounds = 3
	// maxInWriter is how long a change may be prepared for in the writer, where
	// all others wait for it.
	maxInWriter = 20 * time.Millisecond
)

// errContended refuses a change that could not be prepared: outside of the writer
// others kept changing what it depends on, and inside it took too long.
var errContended = directory.Unavailable(time.Second,
	"others keep changing what this change depends on, and it takes too long to work out while they wait", nil)

// CommitEach runs n changes, each as one of its own, in their order. What a
// change consists of is decided by prepare, which is called with the number of
// the change and the directory as all earlier changes left it. A change without
// edits changes nothing and is no error. A refused change, and an error of
// prepare, concern that change only.
//
// prepare runs on a view, in the goroutine of the caller, and perhaps more than
// once: its reads are recorded, and if one of them has changed when the change is
// made, the change is prepared again. Only after three such rounds it runs in the
// writer, for at most 20 ms. So it must not change anything but what its last run
// may overwrite. The View is good while it runs. When CommitEach returns, prepare
// is not running and will not be run again.
func (a *View) CommitEach(
	ctx context.Context, n int, prepare func(i int, now *View) (directory.Change, error),
) []directory.Attempt {
	a.closeLook()
	e := &eachRun{View: a, ctx: ctx, prepare: prepare, attempts: make([]directory.Attempt, n)}
	a.took = 0
	width, rounds := maxTogether, 0
	for from := 0; from < n; {
		var next int
		to := min(from+a.pace.Width(width), n)
		if rounds == maxRounds {
			to = from + 1
			e.inWriter(from)
			next = to
		} else {
			next = e.together(from, to)
		}
		switch next {
		case to:
			width, rounds = min(2*width, maxTogether), 0
		case from:
			width, rounds = max(1, width/2), rounds+1
		default:
			width, rounds = next-from, 0
		}
		from = next
	}
	a.pinTo(e.left)
	return e.attempts
}

// Took returns for how long the writer was busy with the changes of the last CommitEach.
func (a *View) Took() time.Duration { return a.took }

// An eachRun is what several changes are made with.
type eachRun struct {
	*View
	ctx      context.Context
	prepare  func(i int, now *View) (directory.Change, error)
	attempts []directory.Attempt
	left     *core.Pinned
}

// together makes the changes in [from, to). It returns the first that has to be
// prepared again, or to.
func (e *eachRun) together(from, to int) int {
	prepared, which := e.prepareOn(from, to)
	if len(prepared) == 1 && e.core.IsNothing(&prepared[0]) { // and no change comes before it
		e.attempts[which[0]] = directory.Attempt{Committed: directory.Committed{Revision: prepared[0].Change.Expect.Since}}
		return to
	}
	attempts, left, took := e.core.CommitPrepared(e.ctx, e.caller, prepared)
	e.took += took
	e.pace.Made(len(prepared), took)
	if left != nil {
		e.left = left
	}
	for n, a := range attempts {
		if errors.Is(a.Err, core.ErrMoved) {
			return which[n]
		}
		e.attempts[which[n]] = a
	}
	return to
}

// inWriter makes a change whose prepare runs in the writer.
func (e *eachRun) inWriter(i int) {
	late := core.Prepared{Late: func(turn *core.Turn) (directory.Change, error) {
		v := &Scope{State: turn.State, me: turn.Me, powers: turn.Powers, At: turn.At}
		now := &View{
			Directory: e.Directory, caller: e.caller,
			pin: &pin{view: v, reader: turn.Reader, until: time.Now().Add(maxInWriter)},
		}
		change, err := e.prepare(i, now)
		if err == nil && now.pin.isOver() {
			err = errContended
		}
		now.pin = nil
		return change, err
	}}
	attempts, left, took := e.core.CommitPrepared(e.ctx, e.caller, []core.Prepared{late})
	e.took += took
	if left != nil {
		e.left = left
	}
	e.attempts[i] = attempts[0]
}

// prepareOn prepares the changes in [from, to) on one view. A change for which the
// directory could not be read is answered with that error.
func (e *eachRun) prepareOn(from, to int) (prepared []core.Prepared, which []int) {
	now := e.As(e.caller)
	now.Hold()
	defer now.Release()
	for i := from; i < to; i++ {
		if err := e.ctx.Err(); err != nil {
			e.attempts[i] = directory.Attempt{Err: err}
			continue
		}
		now.expect = directory.NewExpectations()
		change, err := guarded(func() (directory.Change, error) { return e.prepare(i, now) })
		if err == nil && len(change.Edits) > 0 {
			err = core.CheckChange(change)
		}
		if kind := directory.KindOf(err); err != nil &&
			(kind == directory.KindInternal || kind == directory.KindUnavailable) {
			e.attempts[i] = directory.Attempt{Err: err}
			continue
		}
		if s := now.fixed.State; s != nil {
			now.expect.Since, now.expect.Lineage = s.Head.Revision, s.Lineage
		}
		change.Expect = now.expect
		prepared, which = append(prepared, core.Prepared{Change: change, Refusal: err}), append(which, i)
	}
	return prepared, which
}

// guarded runs a function that makes a change. A panic is an error of this
// change. Only texts of the runtime are kept of one: others may hold what a
// client sent.
func guarded(f func() (directory.Change, error)) (change directory.Change, err error) {
	defer func() {
		switch broken := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("preparing a change panicked: %w", broken)
		default:
			err = errors.New("preparing a change panicked")
		}
	}()
	return f()
}

// WithoutExpecting runs reads on which the change being prepared does not depend:
// its edits are right even if the reads would answer otherwise when it is made.
func (a *View) WithoutExpecting(read func() error) error {
	expect := a.expect
	a.expect = nil
	defer func() { a.expect = expect }()
	return read()
}
