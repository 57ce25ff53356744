package working_test

import (
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/verify"
	"cohort/internal/view"
)

func TestAChosenIDNeverMovesTheCounter(t *testing.T) {
	w := coretest.New(t)
	next := w.Group("before") + 1
	w.Do(directory.CreateGroup{ID: directory.MaxID, Name: "last"})
	w.Do(directory.CreateGroup{ID: next + 1, Name: "chosen"}, directory.CreateUser{ID: directory.MaxID},
		directory.CreateAttribute{
			ID: directory.MaxID, Name: "greatest", Type: directory.TypeString,
		})
	if g := w.Group("automatic"); g != next {
		t.Errorf("the next group is %d, want %d", g, next)
	}
	if g := w.Group("automatic"); g != next+2 {
		t.Errorf("the group behind a taken id is %d, want %d", g, next+2)
	}
	if u, a := w.User("U"), w.Attribute("a", directory.TypeString); u >= directory.MaxID ||
		a != directory.FirstCustomAttribute {
		t.Errorf("user %d, attribute %d", u, a)
	}
	for _, edit := range []directory.Edit{
		directory.CreateGroup{ID: next + 1}, directory.CreateUser{ID: w.Root}, directory.CreateUser{ID: directory.MaxID},
		directory.CreateAttribute{ID: 3, Name: "x", Type: directory.TypeString},
		directory.CreateGroup{ID: directory.AllUsers},
	} {
		w.Refuse(w.Admin(), directory.KindConflict, edit)
	}
	w.Refuse(w.Admin(), directory.KindInvalid, directory.CreateGroup{ID: directory.MaxID + 1})
	w.Refuse(w.Admin(), directory.KindInvalid, directory.CreateGroup{ID: -5})
}

// A directory of an earlier version, in which a chosen id has moved the counter
// to the end.
func TestADirectoryWhoseCounterIsAtTheEndMakesObjectsAgain(t *testing.T) {
	w := coretest.New(t)
	u, g := w.User("U"), w.Group("G")
	w.User("V")
	deleted := w.Do(directory.DeleteGroup{Group: g}, directory.DeleteUser{User: u})
	w.Core.Close()
	err := w.Store.Write(t.Context(), func(tx store.Tx) error {
		head, err := tx.Head(t.Context())
		if err != nil {
			return err
		}
		head.Next.User, head.Next.Group, head.Next.Attribute = directory.MaxID+1, directory.MaxID+1, directory.MaxID+1
		return tx.Append(t.Context(), store.Commit{Head: head})
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := core.Open(t.Context(), w.Store, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w.Core = c
	out := w.Do(directory.CreateUser{}, directory.CreateGroup{}, directory.CreateUser{},
		directory.CreateAttribute{Name: "a", Type: directory.TypeString})
	for i, want := range []int64{int64(u) + 2, int64(g) + 1, int64(u) + 3, int64(directory.FirstCustomAttribute)} {
		if got := out.Results[i].ID; got != want {
			t.Errorf("edit %d made %d, want %d", i, got, want)
		}
	}
	w.Do(directory.Revert{Revision: deleted.Revision})
	if n, err := verify.Check(t.Context(), w.Store, &verify.Report{Problem: func(s string) { t.Error(s) }}); n != 0 ||
		err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
}

// Whatever is chosen, deleted and made: no id is given out twice, and the
// lowest possible one is.
func TestLawNoIDIsUsedTwice(t *testing.T) {
	effort.Check(t, 25, func(t *rapid.T) {
		s := memstore.New()
		defer func() { _ = s.Close() }()
		c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		as := view.New(c).As(directory.System("test"))
		used := map[directory.UserID]bool{}
		next := directory.UserID(1)
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			var edits []directory.Edit
			var want []directory.UserID
			ok, made := true, map[directory.UserID]bool{}
			after := next
			for range rapid.IntRange(1, 3).Draw(t, "users") {
				id := directory.UserID(rapid.IntRange(0, 8).Draw(t, "id"))
				edits = append(edits, directory.CreateUser{ID: id})
				if ok = ok && !used[id] && !made[id]; id == 0 {
					for used[after] || made[after] {
						after++
					}
					id = after
					after++
				}
				made[id] = true
				want = append(want, id)
			}
			out, err := as.Commit(t.Context(), directory.Change{Edits: edits})
			if (err == nil) != ok {
				t.Fatalf("%v with %v in use: %v", edits, used, err)
			}
			if err != nil {
				continue
			}
			next = after
			for i, r := range out.Results {
				if r.ID != int64(want[i]) {
					t.Fatalf("%v with %v in use made %+v, want %v", edits, used, out.Results, want)
				}
				used[want[i]] = true
			}
			if rapid.Bool().Draw(t, "delete") {
				if _, err := as.Commit(t.Context(),
					directory.Change{Edits: []directory.Edit{directory.DeleteUser{User: want[0]}}}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
