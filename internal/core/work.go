package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A Work is a change that plans itself when the writer comes to it, such as a part
// of an import.
type Work interface {
	Plan(e *plan.Env, s *state.State) (*plan.Planned, error)
}

// Do runs a work through the writer.
func (c *Core) Do(ctx context.Context, caller directory.Caller, w Work) (directory.Committed, error) {
	j := &job{ctx: ctx, caller: caller, work: w, done: make(chan reply, 1)}
	return c.outside(j)
}

// Read reads the store as of one revision.
func (c *Core) Read(ctx context.Context, f func(store.Reader) error) error {
	return c.store.Read(ctx, f)
}
