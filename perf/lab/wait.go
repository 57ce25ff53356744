package lab

import (
	"context"
	"time"

	"cohort/perf/measure"
)

// Pause waits for d, or until the context ends.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Longest runs f several times and returns the longest time it took.
func Longest(n int, f func() error) (most float64, err error) {
	for range n {
		took, err := measure.Elapsed(f)
		if err != nil {
			return 0, err
		}
		most = max(most, took)
	}
	return most, nil
}
