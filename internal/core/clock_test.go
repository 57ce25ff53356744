package core_test

import (
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// TestRowsOutOfForceCanBeRemoved: what is shown can be removed, whether its
// window has begun, or is over, or not.
func TestRowsOutOfForceCanBeRemoved(t *testing.T) {
	w := newWorld(t)
	g, a, ada := w.group("G"), w.attribute("a", directory.TypeString), w.user("Ada")
	for _, window := range []directory.Window{{ExpiresAt: 1}, {StartsAt: 1 << 50}} {
		w.do(
			directory.AddMember{Group: g, User: ada, Window: &window},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text("1"), Window: &window},
			directory.SetUserValue{User: ada, Attribute: a, Value: text("1"), Window: &window},
		)
		w.do(
			directory.RemoveMember{Group: g, User: ada}, directory.DeleteGroupValue{Group: g, Attribute: a},
			directory.DeleteUserValue{User: ada, Attribute: a},
		)
		u, err := w.admin().WholeUser(t.Context(), ada)
		if err != nil || len(u.Memberships) != 0 || len(u.Values) != 0 {
			t.Errorf("%+v is left, %v", u, err)
		}
		values, err := w.admin().WholeValues(t.Context(), a)
		if err != nil || len(values) != 0 {
			t.Errorf("%+v are left, %v", values, err)
		}
	}
	w.refuse(w.admin(), directory.KindNotFound, directory.RemoveMember{Group: g, User: ada})
}

// A watch is a clock that is set by hand, beside one that is not.
type watch struct {
	clock   atomic.Int64 // seconds
	running atomic.Int64
}

func (w *watch) pass(seconds int64) { w.clock.Add(seconds); w.running.Add(seconds) }

func newWatchedWorld(t *testing.T, hand *watch) *world {
	hand.clock.Store(1_000_000)
	return openWorld(t, memstore.New(), core.Options{
		Sealer: plainSealer{}, Now: func() time.Time { return time.Unix(hand.clock.Load(), 0) },
		Running: func() time.Duration { return time.Duration(hand.running.Load()) * time.Second },
	})
}

func TestAClockBehindTheLastChangeRefusesChangesUntilItIsRightOrAccepted(t *testing.T) {
	var hand watch
	w := newWatchedWorld(t, &hand)
	defer w.core.Close()
	group, somebody := directory.CreateGroup{Name: "G"}, w.user("Somebody")
	w.do(group)
	for range 2 {
		hand.clock.Add(-59)
		w.do(group)
		hand.clock.Add(-2)
		w.refuse(w.admin(), directory.KindUnavailable, group)
		if err := w.core.Writable(t.Context()); directory.KindOf(err) != directory.KindUnavailable {
			t.Errorf("Writable: %v", err)
		}
		hand.clock.Add(61)
		w.do(group)
	}
	hand.clock.Add(-3600)
	w.refuse(w.admin(), directory.KindUnavailable, group)
	_, err := view.New(w.core).As(directory.Caller{User: somebody}).AcceptTime(t.Context())
	if directory.KindOf(err) == directory.KindInternal || err == nil {
		t.Errorf("somebody accepts the time: %v", err)
	}
	if _, err := w.admin().AcceptTime(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := w.core.Head().At
	w.do(group)
	if after := w.core.Head().At; after != before {
		t.Errorf("a change is dated %v, before the last one, %v", after, before)
	}
	hand.pass(3600)
	w.do(group)
	hand.clock.Add(-3600)
	w.refuse(w.admin(), directory.KindUnavailable, group) // what was accepted is over
}

func TestAClockThatGoesAheadIsTrustedAfterAMinute(t *testing.T) {
	var hand watch
	w := newWatchedWorld(t, &hand)
	defer w.core.Close()
	g, a, ada := w.group("G"), w.attribute("a", directory.TypeString), w.user("Ada")
	day := directory.Window{ExpiresAt: directory.InstantOf(time.Unix(1_086_400, 0))}
	w.do(
		directory.AddMember{Group: g, User: ada, Window: &day},
		directory.SetGroupValue{Group: g, Attribute: a, Value: text("1")},
	)
	group := directory.CreateGroup{Name: "G"}
	hand.pass(30)
	hand.clock.Add(100_000)
	for range 2 {
		w.refuse(w.admin(), directory.KindUnavailable, group)
		if got := w.effective(ada, a); got != "group:1" {
			t.Errorf("while the clock is not trusted the value is %q", got)
		}
		hand.pass(29)
	}
	if n := w.core.ClockJumps(); n != 1 {
		t.Errorf("%d jumps, want 1", n)
	}
	hand.clock.Add(-100_000) // it was a mistake
	w.do(group)
	hand.clock.Add(100_000)
	w.refuse(w.admin(), directory.KindUnavailable, group)
	hand.pass(60)
	w.do(group)
	if got := w.effective(ada, a); got != "none:" {
		t.Errorf("when the clock is trusted the value is %q", got)
	}
	hand.clock.Add(100_000)
	w.refuse(w.admin(), directory.KindUnavailable, group)
	if _, err := w.admin().AcceptTime(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.do(group)
}
