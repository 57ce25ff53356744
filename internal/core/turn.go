package core

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A Turn is what the caller of a change sees of the directory while the writer
// works on the change.
type Turn struct {
	State  *state.State
	Reader store.Reader
	Me     *directory.UserRows // nil for the program itself
	Powers directory.Permissions
	At     directory.Instant
}

// A prepare computes a change from the directory as it is.
type prepare func(now *Turn) (directory.Change, error)

// Commit runs a change through the writer, and also returns the state after it.
// When the error is nil, the change is on disk and published. If ctx ends first
// the change may still happen.
func (c *Core) Commit(
	ctx context.Context, caller directory.Caller, change directory.Change,
) (directory.Committed, *Pinned, error) {
	var left atomic.Pointer[Pinned]
	done, err := c.commit(ctx, caller, change, &left)
	return done, left.Load(), err
}

// inTurn makes a change of the program itself, which is computed while the writer
// works on it: nothing comes between what it reads and what it writes. A change
// without edits changes nothing and is no error.
func (c *Core) inTurn(ctx context.Context, caller directory.Caller, prepare prepare) directory.Attempt {
	attempts, _, _ := c.CommitPrepared(ctx, caller, []Prepared{{Late: prepare}})
	return attempts[0]
}

// prepare asks a job for its change, with the directory as it is now inside
// the transaction. A panic is an error: it must not end the writer. Only texts
// of the runtime are kept of one: others may hold what a client sent.
func (c *Core) prepare(p *plan.Planner, s *state.State, j *job) (change directory.Change, err error) {
	defer func() {
		switch broken := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("preparing a change panicked: %w", broken)
		default:
			err = errors.New("preparing a change panicked")
		}
	}()
	now := &Turn{State: s, Reader: p.Reader, Powers: p.Powers, At: p.At}
	if !j.caller.IsSystem() {
		if now.Me, err = p.User(j.caller.User); err != nil {
			return change, err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.gone {
		return change, j.ctx.Err()
	}
	change, err = j.prepare(now)
	if err == nil && len(change.Edits) > 0 {
		err = CheckChange(change)
	}
	return change, err
}
