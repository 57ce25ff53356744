package replica_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/replica"
)

func TestTheClockFollowsThatOfTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		var away atomic.Bool
		ahead.Store(int64(time.Hour))
		clock, err := replica.NewClock(t.Context(), func(context.Context) (time.Time, error) {
			time.Sleep(2 * time.Second) // the way there and back
			if away.Load() {
				return time.Time{}, errors.New("away")
			}
			return time.Now().Add(time.Duration(ahead.Load()) - time.Second), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		is := func(when string) {
			t.Helper()
			if off := time.Until(clock.Now()); off != time.Duration(ahead.Load()) {
				t.Errorf("%s the clock is %v ahead, not %v", when, off, time.Duration(ahead.Load()))
			}
		}
		is("at first")
		ctx, stop := context.WithCancel(t.Context())
		go clock.Keep(ctx, slog.New(slog.DiscardHandler))
		ahead.Store(int64(2 * time.Hour))
		time.Sleep(time.Minute)
		is("after the clock of the database went ahead")
		away.Store(true)
		time.Sleep(time.Minute)
		is("while the database is away")
		stop()
		time.Sleep(time.Minute) // it has come back
	})
}

func TestAClockThatCannotBeAskedIsAnError(t *testing.T) {
	cause := errors.New("away")
	_, err := replica.NewClock(t.Context(), func(context.Context) (time.Time, error) { return time.Time{}, cause })
	if !errors.Is(err, cause) {
		t.Errorf("the error is %v", err)
	}
}
