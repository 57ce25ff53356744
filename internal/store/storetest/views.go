package storetest

import (
	"context"
	"sync/atomic"

	"cohort/internal/store"
)

// A Counter counts the views of a store that are opened.
type Counter struct {
	store.Store
	opened, open atomic.Int64
}

// Count counts the views of s.
func Count(s store.Store) *Counter { return &Counter{Store: s} }

// Opened is how many views were opened since it was asked last.
func (c *Counter) Opened() int64 { return c.opened.Swap(0) }

// Now is how many views are open now.
func (c *Counter) Now() int64 { return c.open.Load() }

// Open implements store.Store.
func (c *Counter) Open(ctx context.Context) (store.View, error) {
	v, err := c.Store.Open(ctx)
	if err != nil {
		return nil, err
	}
	c.opened.Add(1)
	c.open.Add(1)
	return &countedView{View: v, counter: c}, nil
}

type countedView struct {
	store.View
	counter *Counter
	closed  bool
}

// Close implements store.View.
func (v *countedView) Close() {
	if !v.closed {
		v.closed = true
		v.counter.open.Add(-1)
	}
	v.View.Close()
}
