package core_test

import (
	"sync"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store/sqlite/sqlitetest"
)

// newSQLiteWorld is a world on disk.
func newSQLiteWorld(t *testing.T) *coretest.World {
	t.Helper()
	s := sqlitetest.Open(t)
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		_ = s.Close()
	})
	admin, ok, err := c.Bootstrap(t.Context(), "", "")
	if err != nil || !ok {
		t.Fatal(err)
	}
	return &coretest.World{T: t, Core: c, Store: s, Root: admin.User}
}

// waitOfOthers is how long another caller waits at most for a change of its own
// while f runs.
func waitOfOthers(w *coretest.World, f func()) (longest time.Duration) {
	w.T.Helper()
	g := w.Group("Other")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			name := "Other " + directory.FormatID(directory.GroupID(i+1))
			began := time.Now()
			w.Do(directory.UpdateGroup{Group: g, Name: &name})
			longest = max(longest, time.Since(began))
		}
	})
	f()
	close(stop)
	wg.Wait()
	return longest
}

// A large change, made or refused, keeps others waiting for a second at most: by
// far most of the time it takes is spent beside the writer.
func TestALargeChangeKeepsOthersWaitingForASecondAtMost(t *testing.T) {
	n := effort.Of(500, 5000)
	w := newSQLiteWorld(t)
	attr := w.Attribute("a", directory.TypeString)
	var edits, reverts []directory.Edit
	for range n {
		edits = append(edits, directory.CreateUser{FirstName: "U"})
	}
	var made directory.Committed
	waited := map[string]time.Duration{
		"many edits": waitOfOthers(w, func() { made = w.Do(edits...) }),
	}
	for i := range n {
		done := w.Do(directory.SetUserValue{User: directory.UserID(made.Results[i].ID), Attribute: attr,
			Value: coretest.Text("v")})
		reverts = append(reverts, directory.Revert{Revision: done.Revision})
	}
	refused := append([]directory.Edit{}, reverts...)
	refused = append(refused, directory.DeleteGroup{Group: 999_999})
	waited["a refused revert"] = waitOfOthers(w, func() {
		_, err := w.Admin().Commit(t.Context(), directory.Change{Edits: refused})
		if directory.KindOf(err) != directory.KindNotFound {
			t.Errorf("the refused change: %v", err)
		}
	})
	waited["a revert"] = waitOfOthers(w, func() { w.Do(reverts...) })
	most := time.Duration(effort.Of(10, 1)) * time.Second // by default it holds on any machine, and shows a wait for ever
	for what, longest := range waited {
		t.Logf("%s of %d: others waited %v at most", what, n, longest)
		if longest > most {
			t.Errorf("%s of %d kept others waiting for %v", what, n, longest)
		}
	}
}
