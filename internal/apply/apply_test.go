package apply_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"cohort/internal/apply"
	"cohort/internal/desired"
)

// A gate commits everything. The first changes wait until as many are under way
// as it has places, and the one that is named is refused once.
type gate struct {
	mu     sync.Mutex
	calls  int
	refuse int // number of the call
	places sync.WaitGroup
}

// Commit implements apply.Committer.
func (g *gate) Commit(_ context.Context, c apply.Change) (apply.Committed, error) {
	g.mu.Lock()
	g.calls++
	n := g.calls
	g.mu.Unlock()
	if n <= 3 {
		g.places.Done()
		g.places.Wait()
	}
	if n == g.refuse {
		return apply.Committed{}, &apply.Refusal{Field: "edits/0/email", Msg: "is taken", Err: errors.New("is taken")}
	}
	return apply.Committed{Revision: int64(n), Changed: true, Results: make([]int64, len(c.Edits))}, nil
}

// people are a plan that makes so many users.
func people(n int) *desired.Plan {
	s := &desired.State{HasUsers: true}
	for i := range n {
		entry := desired.Entry{Key: fmt.Sprint("u", i), Unnamed: true}
		s.Users = append(s.Users, desired.User{Entry: entry, FirstName: new(fmt.Sprint("U", i))})
	}
	return desired.Make(s, &desired.Live{}, desired.Options{})
}

// TestChangesThatMakeUsersAreUnderWayTogether: one that is refused meanwhile is
// tried again when it is alone, and all are counted.
func TestChangesThatMakeUsersAreUnderWayTogether(t *testing.T) {
	for refuse := range 7 {
		synctest.Test(t, func(t *testing.T) {
			g := &gate{refuse: refuse}
			g.places.Add(3)
			job := apply.Job{To: g, MaxEdits: 10, AtOnce: 3, Refuse: func(s *desired.Step, why error) {
				t.Errorf("%s is refused: %v", s.Key, why)
			}}
			done, err := job.Run(t.Context(), people(60))
			if err != nil || done.Edits != 60 || done.Changes != 6 || done.Revision != int64(g.calls) {
				t.Errorf("refused at %d: %+v after %d calls, %v", refuse, done, g.calls, err)
			}
		})
	}
}

// TestAnInterruptedJobWaitsForWhatIsUnderWay, and sends nothing more.
func TestAnInterruptedJobWaitsForWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		g := &gate{}
		g.places.Add(4)
		go func() {
			synctest.Wait() // three are under way
			interrupt()
			g.places.Done()
		}()
		job := apply.Job{To: g, MaxEdits: 10, AtOnce: 3}
		done, err := job.Run(ctx, people(60))
		if !errors.Is(err, context.Canceled) || done.Edits != 30 || g.calls != 3 {
			t.Errorf("%+v after %d calls, %v", done, g.calls, err)
		}
	})
}
