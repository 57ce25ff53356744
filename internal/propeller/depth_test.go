package propeller_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// TestTheNestingLimitHoldsHereAndInLooker, and the lowest usergroup has what the
// highest says.
func TestTheNestingLimitHoldsHereAndInLooker(t *testing.T) {
	const most = directory.MaxNestingDepth
	for name, nest := range map[string]func(w *world, group, parent int) reply{
		"update": func(w *world, group, parent int) reply {
			return w.send("admin", "PATCH", fmt.Sprintf("/usergroups/id/%d", group), fmt.Sprintf(`{"parent":{"id":%d}}`, parent),
				nil)
		},
		"create": func(w *world, group, parent int) reply {
			return w.send("admin", "POST", "/usergroups", fmt.Sprintf(`{"name":"%d","parent":{"id":%d}}`, group, parent), nil)
		},
		"bulk": func(w *world, group, parent int) reply {
			return w.send("admin", "POST", "/usergroups/bulk/id", fmt.Sprintf(`{"usergroups":[{"id":%d,"parent":{"id":%d}}]}`,
				group, parent), nil)
		},
		"looker": func(w *world, group, parent int) reply {
			return w.send("admin", "POST", fmt.Sprintf("/api/4.0/groups/%d/groups", parent),
				fmt.Sprintf(`{"group_id":%d}`, group), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must("POST", "/usergroups", `{"name":"top","budget":"Y"}`)
			made := most
			if name == "create" {
				made = most - 1
			}
			for i := 2; i <= made; i++ {
				w.do(directory.CreateGroup{Name: "g"})
			}
			if name != "create" {
				w.do(directory.CreateGroup{Name: "last"})
			}
			for i := 2; i < most; i++ {
				w.do(directory.AddParent{Group: directory.GroupID(i + 1), Parent: directory.GroupID(i)})
			}
			if got := nest(w, most+1, most); got.status/100 != 2 || strings.Contains(got.body, `"success":false`) {
				t.Fatalf("group %d of %d: %d %s", most, most, got.status, got.body)
			}
			if got := w.must("GET", fmt.Sprintf("/usergroups/id/%d/effective", most+1), ""); !strings.Contains(got.body,
				`"budget":{"usergroup":{"id":2,"name":"top"},"value":"Y"}`) {
				t.Errorf("the budget of the lowest: %s", got.body)
			}
			if got := nest(w, most+2, most+1); got.status/100 == 2 && !strings.Contains(got.body, `"success":false`) ||
				got.status >= 500 {
				t.Errorf("group %d of %d: %d %s", most+1, most, got.status, got.body)
			}
		})
	}
}
