package auth

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestGatesLetFewInAndForgetTheirKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gates
		var wg sync.WaitGroup
		var mu sync.Mutex
		inside, most := map[string]int{}, map[string]int{}
		for i := range 60 {
			key := fmt.Sprint(i % 2)
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
				defer cancel()
				leave, err := g.enter(ctx, key, 3)
				if err != nil {
					return // it waited too long
				}
				defer leave()
				mu.Lock()
				inside[key]++
				most[key] = max(most[key], inside[key])
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inside[key]--
				mu.Unlock()
			})
		}
		wg.Wait()
		if most["0"] != 3 || most["1"] != 3 {
			t.Errorf("at once there were %v, want 3 each", most)
		}
		if len(g.gate) != 0 {
			t.Errorf("%d gates are left", len(g.gate))
		}
	})
}
