package admission

import (
	"context"
	"sync"
)

// A Turn is what a request gives up while it waits in another queue.
type Turn struct {
	Leave func()
	Take  func(context.Context) error
}

// turnOf is the turn of a request. The zero value has none.
type turnOf struct {
	mu      sync.Mutex
	turn    *Turn
	outside int // how many calls of Outside are running
}

// SetTurn says how the request gives up its turn.
func (m *Meter) SetTurn(t Turn) {
	m.turn.mu.Lock()
	defer m.turn.mu.Unlock()
	m.turn.turn = &t
}

// Outside runs f without the turn of the request and takes another turn afterwards, so that
// whoever waits for a search, a preview or the writer does not keep others from reading. If no
// turn comes in time, the request goes on without one, because it has waited already.
func Outside(ctx context.Context, f func() error) error {
	m := meterOf(ctx)
	if t := m.step(1); t != nil {
		t.Leave()
	}
	err := f()
	if t := m.step(-1); t != nil && ctx.Err() == nil {
		_ = t.Take(ctx) // goes on without a turn
	}
	return err
}

// step counts a call in or out, and returns the turn if it is the outermost call.
func (m *Meter) step(by int) *Turn {
	m.turn.mu.Lock()
	defer m.turn.mu.Unlock()
	first := m.turn.outside == 0
	m.turn.outside += by
	if first || m.turn.outside == 0 {
		return m.turn.turn
	}
	return nil
}
