package plan_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// TestTheNestingLimitIsTheSameAtEveryDoor: as many groups as the limit says, both
// ends of the path counted, and not one more.
func TestTheNestingLimitIsTheSameAtEveryDoor(t *testing.T) {
	const most = directory.MaxNestingDepth
	for name, nest := range map[string]func(w *coretest.World, group, parent directory.GroupID) error{
		"add_parent": func(w *coretest.World, group, parent directory.GroupID) error {
			_, err := w.Admin().Commit(t.Context(),
				directory.Change{Edits: []directory.Edit{directory.AddParent{Group: group, Parent: parent}}})
			return err
		},
		"set_first_parent": func(w *coretest.World, group, parent directory.GroupID) error {
			_, err := w.Admin().Commit(t.Context(),
				directory.Change{Edits: []directory.Edit{directory.SetFirstParent{Group: group, Parent: parent}}})
			return err
		},
		"revert": func(w *coretest.World, group, parent directory.GroupID) error {
			// As long as the nesting is there nothing can be put below or above it,
			// so it is made while the path is short.
			w.Do(directory.SetFirstParent{Group: parent})
			w.Do(directory.AddParent{Group: group, Parent: parent})
			done := w.Do(directory.RemoveParent{Group: group, Parent: parent})
			w.Do(directory.AddParent{Group: parent, Parent: parent - 1})
			_, err := history.Revert(t.Context(), w.Admin(), done.Revision, "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := coretest.New(t)
			chain := make([]directory.GroupID, most+1)
			for i := range chain {
				chain[i] = w.Group("g")
			}
			for i := 1; i < most-1; i++ {
				w.Do(directory.AddParent{Group: chain[i], Parent: chain[i-1]})
			}
			if err := nest(w, chain[most-1], chain[most-2]); err != nil {
				t.Fatalf("group %d of %d: %v", most, most, err)
			}
			if path, err := w.Admin().GroupPath(t.Context(), chain[most-1]); err != nil || len(path) != most ||
				path[most-1].ID != chain[0] {
				t.Errorf("a path of %d groups, %v; want %d", len(path), err, most)
			}
			if err := nest(w, chain[most], chain[most-1]); err == nil || directory.KindOf(err) == directory.KindInternal {
				t.Errorf("group %d of %d: %v", most+1, most, err)
			}
		})
	}
}
