package native_test

import (
	"fmt"
	"testing"

	"cohort/internal/directory"
)

// TestTheNestingLimitHoldsHere: as many groups on a path as the limit says, and not
// one more, whichever call nests them.
func TestTheNestingLimitHoldsHere(t *testing.T) {
	const most = directory.MaxNestingDepth
	for name, nest := range map[string]func(w *world, group, parent int) reply{
		"PUT": func(w *world, group, parent int) reply {
			return w.send("admin", "PUT", fmt.Sprintf("/v1/groups/%d/parents/%d", group, parent), "", nil)
		},
		"change": func(w *world, group, parent int) reply {
			body := fmt.Sprintf(`{"edits":[{"edit":"add_parent","group":"%d","parent":"%d"}]}`, group, parent)
			return w.send("admin", "POST", "/v1/changes", body, nil)
		},
		"preview": func(w *world, group, parent int) reply {
			body := fmt.Sprintf(`{"edits":[{"edit":"add_parent","group":"%d","parent":"%d"}]}`, group, parent)
			if got := w.send("admin", "POST", "/v1/preview", body, nil); got.status != 200 {
				return got
			}
			return w.send("admin", "PUT", fmt.Sprintf("/v1/groups/%d/parents/%d", group, parent), "", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := 100
			for i := range most + 1 {
				edits := []directory.Edit{directory.CreateGroup{ID: directory.GroupID(first + i), Name: "g"}}
				if 0 < i && i < most-1 {
					edits = append(edits, directory.AddParent{Group: directory.GroupID(first + i),
						Parent: directory.GroupID(first + i - 1)})
				}
				w.do(edits...)
			}
			last := first + most - 1
			if got := nest(w, last, last-1); got.status/100 != 2 {
				t.Fatalf("group %d of %d: %d %s", most, most, got.status, got.body)
			}
			if got := nest(w, last+1, last); got.status != 422 {
				t.Errorf("group %d of %d: %d %s", most+1, most, got.status, got.body)
			}
		})
	}
}
