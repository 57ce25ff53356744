package auth

import (
	"context"
	"sync"
	"time"

	"cohort/internal/directory"
)

// Gates let a few goroutines at a time do something under a key. The zero
// value is ready. Only keys in use take memory.
type gates struct {
	mu   sync.Mutex
	gate map[string]*gate
}

type gate struct {
	slots chan struct{}
	users int // that are in it or wait; guarded by gates.mu
}

// enter waits until fewer than width others are in the gate of the key, or the
// context ends, which is directory.KindUnavailable. Whoever entered calls leave
// once.
func (g *gates) enter(ctx context.Context, key string, width int) (leave func(), err error) {
	g.mu.Lock()
	if g.gate == nil {
		g.gate = map[string]*gate{}
	}
	this, ok := g.gate[key]
	if !ok {
		this = &gate{slots: make(chan struct{}, width)}
		g.gate[key] = this
	}
	this.users++
	g.mu.Unlock()

	forget := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if this.users--; this.users == 0 {
			delete(g.gate, key)
		}
	}
	select {
	case this.slots <- struct{}{}:
		return func() { <-this.slots; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, directory.Unavailable(time.Second, "there are too many logins at once", ctx.Err())
	}
}
