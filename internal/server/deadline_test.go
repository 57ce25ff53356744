package server

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

type deadlineKey struct{}

// TestADeadlineIsLikeThatOfTheStandardLibrary ends contexts in every way, and
// asks before and after whether they have ended, with and without somebody who
// waits.
func TestADeadlineIsLikeThatOfTheStandardLibrary(t *testing.T) {
	ways := map[string]func(cancelParent, end func()){
		"not at all": func(func(), func()) {},
		"in time":    func(func(), func()) { time.Sleep(time.Minute) },
		"the parent": func(cancelParent, _ func()) { cancelParent() },
		"the end":    func(_, end func()) { end() },
	}
	for name, way := range ways {
		for _, when := range []string{"nobody waits", "somebody waits", "somebody waits later", "a child waits"} {
			t.Run(name+", "+when, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					parent, cancelParent := context.WithCancel(context.WithValue(t.Context(), deadlineKey{}, "v"))
					defer cancelParent()
					want, end := context.WithTimeout(parent, time.Minute)
					defer end()
					d := &deadline{parent: parent, at: time.Now().Add(time.Minute)}
					defer d.end()
					got := context.Context(d)
					if when == "a child waits" {
						child, cancel := context.WithCancel(d)
						defer cancel()
						got = child
					}
					if when == "somebody waits" {
						got.Done()
					}
					same := func(when string) {
						gotAt, _ := got.Deadline()
						wantAt, _ := want.Deadline()
						if !errors.Is(got.Err(), want.Err()) || !gotAt.Equal(wantAt) || got.Value(deadlineKey{}) != "v" {
							t.Errorf("%s: %v at %v with %v, want %v at %v", when, got.Err(), gotAt, got.Value(deadlineKey{}), want.Err(),
								wantAt)
						}
					}
					same("before")
					way(cancelParent, func() { end(); d.end() })
					synctest.Wait()
					if when == "somebody waits later" {
						got.Done()
					}
					same("after")
					if when != "nobody waits" && ended(got) != ended(want) {
						t.Errorf("ended: %v, want %v", ended(got), ended(want))
					}
				})
			})
		}
	}
}

func ended(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

func TestChildrenOfADeadlineNeedNoGoroutine(t *testing.T) {
	d := &deadline{parent: t.Context(), at: time.Now().Add(time.Minute)}
	defer d.end()
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithCancel(d)
		defer cancel()
	}
	if after := runtime.NumGoroutine(); after > before+50 {
		t.Errorf("%d goroutines, before %d", after, before)
	}
}
