package admission

import (
	"context"
	"sync"
	"time"

	"cohort/internal/directory"
)

// A Budget is memory that requests share, in bytes. One key holds at most a quarter of it, so
// that at least four callers find room.
type Budget struct {
	total    int64
	patience time.Duration

	mu    sync.Mutex
	held  int64
	byKey map[string]int64
	freed chan struct{} // closed and replaced whenever memory is released
}

// NewBudget returns a budget of total bytes. Nobody waits for room longer than patience.
func NewBudget(total int64, patience time.Duration) *Budget {
	return &Budget{total: total, patience: patience, byKey: map[string]int64{}, freed: make(chan struct{})}
}

// Held returns how many bytes are in use.
func (b *Budget) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// A Holding is the share of one request in a budget. It is for one goroutine.
type Holding struct {
	budget *Budget
	key    string
	held   int64
}

// Hold begins an empty holding.
func (b *Budget) Hold(key string) *Holding { return &Holding{budget: b, key: key} }

// Grow adds n bytes and waits for room. It fails with directory.KindUnavailable if there is
// none in time or if ctx ends.
func (h *Holding) Grow(ctx context.Context, n int64) error {
	if h.TryGrow(n) {
		return nil
	}
	timer := time.NewTimer(h.budget.patience)
	defer timer.Stop()
	for {
		freed, ok := h.budget.tryOrWatch(h, n)
		if ok {
			return nil
		}
		select {
		case <-freed:
		case <-timer.C:
			return directory.Unavailable(time.Second, "the server holds as many requests in memory as it may; try again", nil)
		case <-ctx.Done():
			return directory.Unavailable(time.Second, "the request was given up before there was memory for it", ctx.Err())
		}
	}
}

// TryGrow adds n bytes if there is room for them.
func (h *Holding) TryGrow(n int64) bool {
	_, ok := h.budget.tryOrWatch(h, n)
	return ok
}

// Release returns everything. An empty holding may be released, too.
func (h *Holding) Release() {
	if h.held == 0 {
		return
	}
	b := h.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= h.held
	if b.byKey[h.key] -= h.held; b.byKey[h.key] == 0 {
		delete(b.byKey, h.key)
	}
	h.held = 0
	close(b.freed)
	b.freed = make(chan struct{})
}

// tryOrWatch grows a holding, or returns a channel that is closed when there may be room. A
// key that holds nothing may exceed its share if the budget has room, so the total admits
// every single request.
func (b *Budget) tryOrWatch(h *Holding, n int64) (freed <-chan struct{}, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.byKey[h.key]
	if b.held+n > b.total || of+n > b.total/4 && of > h.held {
		return b.freed, false
	}
	b.held += n
	b.byKey[h.key] = of + n
	h.held += n
	return nil, true
}
