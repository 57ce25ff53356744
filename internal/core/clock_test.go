package core_test

import (
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// TestRowsOutOfForceCanBeRemoved: what is shown can be removed, whether its
// window has begun, or is over, or not.
func TestRowsOutOfForceCanBeRemoved(t *testing.T) {
	w := coretest.New(t)
	g, a, ada := w.Group("G"), w.Attribute("a", directory.TypeString), w.User("Ada")
	for _, window := range []directory.Window{{ExpiresAt: 1}, {StartsAt: 1 << 50}} {
		w.Do(
			directory.AddMember{Group: g, User: ada, Window: &window},
			directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1"), Window: &window},
			directory.SetUserValue{User: ada, Attribute: a, Value: coretest.Text("1"), Window: &window},
		)
		w.Do(
			directory.RemoveMember{Group: g, User: ada}, directory.DeleteGroupValue{Group: g, Attribute: a},
			directory.DeleteUserValue{User: ada, Attribute: a},
		)
		u, err := w.Admin().WholeUser(t.Context(), ada)
		if err != nil || len(u.Memberships) != 0 || len(u.Values) != 0 {
			t.Errorf("%+v is left, %v", u, err)
		}
		values, err := w.Admin().WholeValues(t.Context(), a)
		if err != nil || len(values) != 0 {
			t.Errorf("%+v are left, %v", values, err)
		}
	}
	w.Refuse(w.Admin(), directory.KindNotFound, directory.RemoveMember{Group: g, User: ada})
}

// A watch is a clock that is set by hand, beside one that is not.
type watch struct {
	clock   atomic.Int64 // seconds
	running atomic.Int64
}

func (w *watch) pass(seconds int64) { w.clock.Add(seconds); w.running.Add(seconds) }

func newWatchedWorld(t *testing.T, hand *watch) *coretest.World {
	hand.clock.Store(1_000_000)
	return coretest.Open(t, memstore.New(), core.Options{
		Sealer: coretest.PlainSealer{}, Now: func() time.Time { return time.Unix(hand.clock.Load(), 0) },
		Running: func() time.Duration { return time.Duration(hand.running.Load()) * time.Second },
	})
}

func TestAClockBehindTheLastChangeRefusesChangesUntilItIsRightOrAccepted(t *testing.T) {
	var hand watch
	w := newWatchedWorld(t, &hand)
	defer w.Core.Close()
	group, somebody := directory.CreateGroup{Name: "G"}, w.User("Somebody")
	w.Do(group)
	for range 2 {
		hand.clock.Add(-59)
		w.Do(group)
		hand.clock.Add(-2)
		w.Refuse(w.Admin(), directory.KindUnavailable, group)
		if err := w.Core.Writable(t.Context()); directory.KindOf(err) != directory.KindUnavailable {
			t.Errorf("Writable: %v", err)
		}
		hand.clock.Add(61)
		w.Do(group)
	}
	hand.clock.Add(-3600)
	w.Refuse(w.Admin(), directory.KindUnavailable, group)
	_, err := view.New(w.Core).As(directory.Caller{User: somebody}).AcceptTime(t.Context())
	if directory.KindOf(err) == directory.KindInternal || err == nil {
		t.Errorf("somebody accepts the time: %v", err)
	}
	if _, err := w.Admin().AcceptTime(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := w.Core.Head().At
	w.Do(group)
	if after := w.Core.Head().At; after != before {
		t.Errorf("a change is dated %v, before the last one, %v", after, before)
	}
	hand.pass(3600)
	w.Do(group)
	hand.clock.Add(-3600)
	w.Refuse(w.Admin(), directory.KindUnavailable, group) // what was accepted is over
}

func TestAClockThatGoesAheadIsTrustedAfterAMinute(t *testing.T) {
	var hand watch
	w := newWatchedWorld(t, &hand)
	defer w.Core.Close()
	g, a, ada := w.Group("G"), w.Attribute("a", directory.TypeString), w.User("Ada")
	day := directory.Window{ExpiresAt: directory.InstantOf(time.Unix(1_086_400, 0))}
	w.Do(
		directory.AddMember{Group: g, User: ada, Window: &day},
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")},
	)
	group := directory.CreateGroup{Name: "G"}
	hand.pass(30)
	hand.clock.Add(100_000)
	for range 2 {
		w.Refuse(w.Admin(), directory.KindUnavailable, group)
		if got := w.Effective(ada, a); got != "group:1" {
			t.Errorf("while the clock is not trusted the value is %q", got)
		}
		hand.pass(29)
	}
	if n := w.Core.ClockJumps(); n != 1 {
		t.Errorf("%d jumps, want 1", n)
	}
	hand.clock.Add(-100_000) // it was a mistake
	w.Do(group)
	hand.clock.Add(100_000)
	w.Refuse(w.Admin(), directory.KindUnavailable, group)
	hand.pass(60)
	w.Do(group)
	if got := w.Effective(ada, a); got != "none:" {
		t.Errorf("when the clock is trusted the value is %q", got)
	}
	hand.clock.Add(100_000)
	w.Refuse(w.Admin(), directory.KindUnavailable, group)
	if _, err := w.Admin().AcceptTime(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Do(group)
}
