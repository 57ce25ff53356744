package core

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/state"
)

// ErrMoved is what a change ends with that was computed from something that is
// not so any more: it is to be computed again.
var ErrMoved = errors.New("what the change was computed from has moved")

// A Prepared change was computed outside the writer; its Expect holds what it was
// computed from.
type Prepared struct {
	Change  directory.Change
	Refusal error // what came of computing it, if it is no change
	// Late, if it is there, computes the change in the writer's turn instead.
	Late func(now *Turn) (directory.Change, error)
}

// IsNothing reports whether a prepared change need not be made: it has no edits, leaves no answer
// behind, and was prepared on what nobody else writes to meanwhile. Another node may have written
// what a view does not show yet.
func (c *Core) IsNothing(p *Prepared) bool {
	return c.link == nil && p.Refusal == nil && p.Late == nil && len(p.Change.Edits) == 0 &&
		p.Change.Repeat.Key == "" && p.Change.Expect != nil && p.Change.Expect.Since != 0
}

// CommitPrepared makes changes, each as one of its own, in their order. The first
// one of which an expectation does not hold any more, and all behind it, end with
// ErrMoved. A change without edits changes nothing and is no error. A refused
// change concerns no other. took is for how long the writer was busy with them.
func (c *Core) CommitPrepared(
	ctx context.Context, caller directory.Caller, changes []Prepared,
) (made []directory.Attempt, after *Pinned, took time.Duration) {
	attempts := make([]directory.Attempt, len(changes))
	jobs := make([]*job, len(changes))
	var left atomic.Pointer[Pinned]
	all := &chain{}
	whole := make([]directory.Change, len(changes))
	for i := range changes {
		whole[i] = changes[i].Change
	}
	leave, err := c.enterLarge(ctx, caller, whole...)
	if err != nil {
		for i := range attempts {
			attempts[i].Err = err
		}
		return attempts, nil, 0
	}
	defer leave()
	for i := range changes {
		p := &changes[i]
		jobs[i] = &job{
			ctx: ctx, caller: caller, done: make(chan reply, 1), left: &left,
			change: p.Change, refusal: p.Refusal, prepare: p.Late, chain: all,
		}
	}
	_ = admission.Outside(ctx, func() error { // each attempt has its error
		for _, j := range jobs {
			if err := c.enqueue(ctx, j); err != nil {
				j.done <- reply{err: err}
			}
		}
		for i, j := range jobs {
			out := c.await(j)
			attempts[i] = directory.Attempt{Committed: out.committed, Err: out.err}
			took += out.took
		}
		return nil
	})
	return attempts, left.Load(), took
}

// A chain is changes that are made in their order: once one of them has moved, so
// have those behind it. Only the writer uses it.
type chain struct{ broken bool }

// precondition is why a job is not planned: what it was computed from has moved,
// or it was refused when it was computed.
func (c *Core) precondition(j *job, now *state.State, made []*state.State) error {
	switch {
	case j.chain == nil:
		return nil
	case j.chain.broken:
		return ErrMoved
	case c.hasMoved(j.change.Expect, now, made):
		j.chain.broken = true
		return ErrMoved
	}
	return j.refusal
}

// hasMoved reports whether something that a change was computed from was written
// between the revision as of which it was read and now. made are the states that
// the batch has come to so far.
func (c *Core) hasMoved(x *directory.Expectations, now *state.State, made []*state.State) bool {
	if x == nil || x.Since == 0 {
		return false // it was computed from nothing
	}
	if x.Lineage != now.Lineage || x.Since > now.Head.Revision {
		return true
	}
	for rev := x.Since + 1; rev <= now.Head.Revision; rev++ {
		s := c.published.Of(rev, now.Lineage)
		for _, of := range made {
			if of.Head.Revision == rev {
				s = of
			}
		}
		if s == nil || s.Writes == nil || slices.ContainsFunc(s.Writes, x.Meets) {
			return true // what was written is not known, or is expected to be as it was
		}
	}
	return false
}
