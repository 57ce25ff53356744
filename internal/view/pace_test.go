package view_test

import (
	"testing"
	"time"

	"cohort/internal/view"
)

func TestAPaceFollowsHowFastTheWriterIs(t *testing.T) {
	var p view.Pace
	for _, step := range []struct {
		n    int // made, if any
		took time.Duration
		want int // of at most 64
	}{
		{0, 0, 64},
		{64, 200 * time.Millisecond, 8}, // a slow machine
		{8, 25 * time.Millisecond, 8},
		{8, 5 * time.Millisecond, 16}, // no more than twice as many
		{16, 0, 32},
		{32, 8 * time.Millisecond, 64},
		{64, time.Hour, 8}, // a slow disk: fewer would take as long
		{8, time.Hour, 8},
		{8, time.Millisecond, 16},
	} {
		if step.n > 0 {
			p.Made(step.n, step.took)
		}
		if got := p.Width(64); got != step.want {
			t.Errorf("after %d in %v: %d together, want %d", step.n, step.took, got, step.want)
		}
	}
}
