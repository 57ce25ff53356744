package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// TestAPageOfRanksIsAPartOfAllOfThem asks for every page of an attribute with more
// values than a leaf of its order has, as somebody who sees all groups and as
// somebody who sees two.
func TestAPageOfRanksIsAPartOfAllOfThem(t *testing.T) {
	w := newWorld(t)
	a := w.attribute("region", directory.TypeString)
	w.do(directory.UpdateAttribute{Attribute: a, UserCanView: new(true)})
	var groups []directory.GroupID
	for i := range 300 {
		g := w.group(fmt.Sprint("g", i))
		groups = append(groups, g)
		w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text(fmt.Sprint(i))})
	}
	u := w.user("Ada")
	w.do(directory.AddMember{Group: groups[7], User: u}, directory.AddMember{Group: groups[250], User: u})
	w.do(directory.SetGroupValue{Group: groups[250], Attribute: a, Value: text("first"), Rank: new(1)})
	w.do(directory.DeleteGroup{Group: groups[100]})

	pages := func(as *view.View, size int) (list []directory.RankedValue) {
		t.Helper()
		for from := 0; ; from += size {
			page, total, err := as.PageOfValues(t.Context(), a, from, from+size)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, page...)
			if from+size >= total {
				if len(list) != total {
					t.Errorf("pages of %d have %d values of %d", size, len(list), total)
				}
				return list
			}
		}
	}
	whole := pages(w.admin(), 1000)
	if len(whole) != 299 || whole[0].Group != groups[250] || whole[298].Rank != 299 {
		t.Fatalf("%d values, from %v to %v", len(whole), whole[0], whole[len(whole)-1])
	}
	for _, size := range []int{1, 7, 64, 298, 299} {
		if diff := cmp.Diff(whole, pages(w.admin(), size)); diff != "" {
			t.Errorf("in pages of %d (-whole +pages):\n%s", size, diff)
		}
	}
	var own []directory.RankedValue
	for _, v := range whole {
		if slices.Contains([]directory.GroupID{groups[7], groups[250]}, v.Group) {
			own = append(own, v)
		}
	}
	ada := view.New(w.core).As(directory.Caller{User: u})
	for _, size := range []int{1, 2, 10} {
		if diff := cmp.Diff(own, pages(ada, size)); diff != "" {
			t.Errorf("of own groups, in pages of %d (-want +got):\n%s", size, diff)
		}
	}
}
