package core

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A pin is the state inside a transaction, as an Access sees it that prepares a
// change there.
type pin struct {
	view   *view
	reader store.Reader
}

// A prepare makes a change out of what there is.
type prepare func(now *Access) (directory.Change, error)

// CommitEach runs n changes, each as one of its own, in their order. What a
// change consists of is decided by prepare, which is called with the number of
// the change and the directory as all earlier changes left it: nothing can
// come between what it reads and what is written. A change without edits
// changes nothing and is no error. A refused change, and an error of prepare,
// concern that change only.
//
// prepare runs in the writer, perhaps more than once, and perhaps for others
// to wait for: it must neither block nor change anything but what its last run
// may overwrite. The Access is good while it runs. When CommitEach returns,
// prepare is not running and will not be run again.
func (a *Access) CommitEach(
	ctx context.Context, n int, prepare func(i int, now *Access) (directory.Change, error),
) []directory.Attempt {
	a.closeLook()
	attempts := make([]directory.Attempt, n)
	jobs := make([]*job, n)
	var left atomic.Pointer[pinned]
	for i := range jobs {
		jobs[i] = &job{
			ctx: ctx, caller: a.caller, done: make(chan outcome, 1), left: &left,
			prepare: func(now *Access) (directory.Change, error) { return prepare(i, now) },
		}
		if err := a.core.enqueue(ctx, jobs[i]); err != nil {
			jobs[i].done <- outcome{err: err}
		}
	}
	for i, j := range jobs {
		out := a.core.await(j)
		attempts[i] = directory.Attempt{Committed: out.committed, Err: out.err}
	}
	a.pinTo(left.Load())
	return attempts
}

// prepare asks a job for its change, with the directory as it is now inside
// the transaction. A panic is an error: it must not end the writer. Only texts
// of the runtime are kept of one: others may hold what a client sent.
func (c *Core) prepare(p *planner, s *state.State, j *job) (change directory.Change, err error) {
	defer func() {
		switch broken := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("preparing a change panicked: %w", broken)
		default:
			err = errors.New("preparing a change panicked")
		}
	}()
	v := &view{State: s, powers: p.powers, at: p.at}
	if !j.caller.IsSystem() {
		if v.me, err = p.user(j.caller.User); err != nil {
			return change, err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.gone {
		return change, j.ctx.Err()
	}
	now := &Access{core: c, caller: j.caller, pin: &pin{view: v, reader: p.reader}}
	change, err = j.prepare(now)
	now.pin = nil
	if err == nil && len(change.Edits) > 0 {
		err = checkChange(change)
	}
	return change, err
}
