package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// awaitTime bounds how long writes of unknown outcome are sent again.
const awaitTime = 30 * time.Second

// verify settles the writes whose outcome is not known, and reads every user
// from every node. It returns how many writes are still unknown, and how many
// answers were right.
func (d *driver) verify(ctx context.Context) (isPending int, right int64) {
	d.tell(Progress{Phase: "check every user"})
	isPending = d.awaitOutcomes(ctx)
	var next, good atomic.Int64
	var workers sync.WaitGroup
	for range d.Connections {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(d.users)*len(d.nodes) {
					return
				}
				wrong, err := d.read(ctx, d.nodes[i/len(d.users)], i%len(d.users))
				d.tally.note(err, wrong)
				if wrong == "" && err == nil {
					good.Add(1)
				}
			}
		})
	}
	workers.Wait()
	return isPending, good.Load()
}

// awaitOutcomes sends writes of unknown outcome again, under their keys, until
// each has an answer. It returns how many have none.
func (d *driver) awaitOutcomes(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, awaitTime)
	defer cancel()
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for try := 0; ; try++ {
		left := 0
		for _, r := range d.registers() {
			if !r.isPending() {
				continue
			}
			p := r.begin(func(int32, int) *pending { return nil })
			wrong, err := d.send(ctx, d.nodes[try%len(d.nodes)], r, p)
			d.tally.note(nil, wrong) // the error was counted when it was sent first
			if err != nil {
				left++
			}
		}
		if left == 0 || ctx.Err() != nil {
			return left
		}
		select {
		case <-ctx.Done():
			return left
		case <-ticks.C:
		}
	}
}
