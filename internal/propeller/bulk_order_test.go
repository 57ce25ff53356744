package propeller_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/view"
)

// A chart is which customer is in which, by number; 0 is none.
type chart map[int]int

// inRing reports whether a customer is on a ring, and below whether it hangs
// below one.
func (c chart) inRing(n int) (in, below bool) {
	at := c[n]
	for range len(c) {
		if at == n {
			return true, false
		}
		if at == 0 {
			return false, false
		}
		at = c[at]
	}
	return false, true
}

func (c chart) draw(t *rapid.T, n int, rings bool) {
	for i := 1; i <= n; i++ {
		most := i - 1
		if rings {
			most = n
		}
		c[i] = rapid.IntRange(0, most).Draw(t, fmt.Sprintf("parent of %d", i))
	}
}

// itemsOf spells the customers as items, in an order.
func (c chart) itemsOf(order []int, key string) string {
	items := make([]string, len(order))
	for i, n := range order {
		parent := "null"
		if c[n] != 0 {
			parent = map[string]string{
				"id":       fmt.Sprintf(`{"id":%d}`, 100+c[n]),
				"sourceId": fmt.Sprintf(`{"sourceId":"%d","source":"erp"}`, c[n]),
			}[key]
		}
		own := map[string]string{"id": fmt.Sprintf(`"id":%d`, 100+n),
			"sourceId": fmt.Sprintf(`"sourceId":"%d","source":"erp"`, n)}[key]
		items[i] = fmt.Sprintf(`{%s,"name":"c%d","parent":%s}`, own, n, parent)
	}
	return `{"usergroups":[` + strings.Join(items, ",") + `]}`
}

// chart reads the chart of what is there.
func (w *world) chart() chart {
	w.t.Helper()
	out := chart{}
	number := map[directory.GroupID]int{}
	system := view.New(w.core).As(directory.System("test"))
	groups, err := system.Groups(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, g := range groups {
		if n := 0; g.ID != directory.AllUsers {
			if _, err := fmt.Sscanf(g.Name, "c%d", &n); err != nil {
				w.t.Fatal(err)
			}
			number[g.ID] = n
		}
	}
	for id, n := range number {
		path, err := system.GroupPath(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		if out[n] = 0; len(path) > 1 {
			out[n] = number[path[1].ID]
		}
	}
	return out
}

// TestAnyChartBecomesAnyOtherInOneCall, in whatever order its items come; and
// what is in a ring is refused, and nothing else.
func TestAnyChartBecomesAnyOtherInOneCall(outer *testing.T) {
	effort.Check(outer, 20, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"id", "sourceId"}).Draw(t, "key")
		n := rapid.IntRange(1, 12).Draw(t, "customers")
		w := newWorld(outer)
		first, second := chart{}, chart{}
		first.draw(t, n, false)
		order := rapid.Permutation(numbers(n)).Draw(t, "the first order")
		if got := w.must("POST", "/usergroups/bulk/"+key, first.itemsOf(order, key)); strings.Contains(got.body,
			`"success":false`) {
			t.Fatalf("%s: %s", first.itemsOf(order, key), got.body)
		}
		if got := w.chart(); fmt.Sprint(got) != fmt.Sprint(first) {
			t.Fatalf("%v, want %v", got, first)
		}
		rings := rapid.Bool().Draw(t, "with rings")
		second.draw(t, n, rings)
		names := rapid.Permutation(numbers(n)).Draw(t, "names")
		moved := chart{} // other customers in the place of these
		for i, parent := range second {
			if moved[names[i-1]] = 0; parent != 0 {
				moved[names[i-1]] = names[parent-1]
			}
		}
		order = rapid.Permutation(numbers(n)).Draw(t, "the second order")
		got := w.must("POST", "/usergroups/bulk/"+key, moved.itemsOf(order, key))
		var reply struct{ Data []struct{ Success bool } }
		if err := json.Unmarshal([]byte(got.body), &reply); err != nil {
			t.Fatal(err)
		}
		now := w.chart()
		for i, number := range order {
			in, below := moved.inRing(number)
			switch {
			case in == reply.Data[i].Success && !below:
				t.Fatalf("%v: item %d, in a ring: %v: %s", moved, number, in, got.body)
			case !in && !below && now[number] != moved[number]:
				t.Fatalf("%v: %d is in %d: %s", moved, number, now[number], got.body)
			}
		}
	})
}

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return slices.Clip(list)
}
