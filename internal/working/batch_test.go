package working_test

import (
	"errors"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/working"
)

// change plans rows on a batch, and takes the change into it.
func change(t *testing.T, w *coretest.World, b *working.Batch, rows ...directory.Row) {
	t.Helper()
	now := *w.Core.Published().Get()
	head, err := b.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now.Head = head
	c := working.New(t.Context(), b, &now, head.At)
	for _, row := range rows {
		if err := c.Put(row); err != nil {
			t.Fatal(err)
		}
	}
	commit, err := c.Derive(c.Writes())
	if err != nil {
		t.Fatal(err)
	}
	commit.Head.Revision++
	effect := c.Effect(commit)
	b.Take(&effect)
}

// onBatch runs a test on an empty batch.
func onBatch(t *testing.T, w *coretest.World, test func(b *working.Batch)) {
	t.Helper()
	err := w.Store.Read(t.Context(), func(r store.Reader) error {
		test(working.NewBatch(t.Context(), r, w.Core.Published().Get(), working.FreeRange{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Rows that are planned to go hide no stored row behind them.
func TestARowBehindThoseThatGoIsFound(t *testing.T) {
	w := coretest.New(t)
	groups := []directory.GroupID{w.Group("same"), w.Group("same"), w.Group("same"), w.Group("same")}
	onBatch(t, w, func(b *working.Batch) {
		c := working.New(t.Context(), b, w.Core.Published().Get(), w.Core.Head().At)
		for _, g := range groups[:3] {
			if err := c.Put(directory.Group{ID: g, Name: "other"}); err != nil {
				t.Fatal(err)
			}
		}
		last := directory.Group{ID: groups[3]}.Key()
		if key, ok, err := c.Find(directory.GroupNameKey("same"), directory.RowKey{}); key != last || !ok || err != nil {
			t.Errorf("under the name is %+v, %t, %v; want the last group", key, ok, err)
		}
		if key, ok, err := c.Find(directory.GroupNameKey("same"), last); ok || err != nil {
			t.Errorf("beside the last group there is %+v, %v", key, err)
		}
	})
}

// A batch counts members as its changes leave them, or says that it cannot: how many
// memberships with a window are in force is known to the store only.
func TestABatchCountsMembers(t *testing.T) {
	w := coretest.New(t)
	g, u, v := w.Group("G"), w.User("U"), w.User("V")
	w.Do(directory.AddMember{Group: g, User: u})
	counted := func(b *working.Batch) (int64, error) {
		counts, err := b.MemberCounts(t.Context(), []directory.GroupID{g}, w.Core.Head().At)
		if err != nil {
			return 0, err
		}
		return counts[0], nil
	}
	onBatch(t, w, func(b *working.Batch) {
		if n, err := counted(b); n != 1 || err != nil {
			t.Errorf("stored are %d, %v", n, err)
		}
		change(t, w, b, directory.Membership{User: v, Group: g})
		if n, err := counted(b); n != 2 || err != nil {
			t.Errorf("after a member came there are %d, %v", n, err)
		}
		change(t, w, b, directory.Membership{User: w.Root, Group: g, Window: directory.Window{StartsAt: 1}})
		if n, err := counted(b); !errors.Is(err, working.ErrAlone) {
			t.Errorf("after one came with a window there are %d, %v", n, err)
		}
	})
}

// The next change of a batch finds what the one before left.
func TestABatchAnswersAsItsChangesLeaveIt(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("before")
	stored := w.Core.Head().Revision
	onBatch(t, w, func(b *working.Batch) {
		change(t, w, b, directory.User{ID: u, Kind: directory.KindPerson, FirstName: "after"},
			directory.Membership{User: u, Group: g}, directory.Group{ID: g, Name: "renamed"})
		rows, ok, err := b.UserRows(t.Context(), u)
		if err != nil || !ok || rows.User.FirstName != "after" || len(rows.Memberships) != 1 ||
			rows.TouchedRev != stored+1 {
			t.Errorf("the user is %+v, %t, %v", rows, ok, err)
		}
		keys, err := b.Find(t.Context(), directory.GroupNameKey("renamed"), 2)
		if err != nil || len(keys) != 1 {
			t.Errorf("under the new name is %v, %v", keys, err)
		}
		if keys, err := b.Find(t.Context(), directory.GroupNameKey("G"), 2); err != nil || len(keys) != 0 {
			t.Errorf("under the old name is %v, %v", keys, err)
		}
		if _, err := b.UserIDs(t.Context(), nil, 0, 10); !errors.Is(err, working.ErrAlone) {
			t.Errorf("a list of users: %v", err)
		}
		touched, err := b.LastChanges(t.Context(), []directory.Object{u.Object()}, stored+1)
		if err != nil || len(b.Touched()) != 1 {
			t.Errorf("touched are %v, %v; last changed %v", b.Touched(), err, touched)
		}
	})
}
