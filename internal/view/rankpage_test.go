package view_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// TestAPageOfRanksIsAPartOfAllOfThem asks for every page of an attribute with more
// values than a leaf of its order has, as somebody who sees all groups and as
// somebody who sees two.
func TestAPageOfRanksIsAPartOfAllOfThem(t *testing.T) {
	w := coretest.New(t)
	a := w.Attribute("region", directory.TypeString)
	w.Do(directory.UpdateAttribute{Attribute: a, UserCanView: new(true)})
	var groups []directory.GroupID
	for i := range 300 {
		g := w.Group(fmt.Sprint("g", i))
		groups = append(groups, g)
		w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text(fmt.Sprint(i))})
	}
	u := w.User("Ada")
	w.Do(directory.AddMember{Group: groups[7], User: u}, directory.AddMember{Group: groups[250], User: u})
	w.Do(directory.SetGroupValue{Group: groups[250], Attribute: a, Value: coretest.Text("first"), Rank: new(1)})
	w.Do(directory.DeleteGroup{Group: groups[100]})

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
	whole := pages(w.Admin(), 1000)
	if len(whole) != 299 || whole[0].Group != groups[250] || whole[298].Rank != 299 {
		t.Fatalf("%d values, from %v to %v", len(whole), whole[0], whole[len(whole)-1])
	}
	for _, size := range []int{1, 7, 64, 298, 299} {
		if diff := cmp.Diff(whole, pages(w.Admin(), size)); diff != "" {
			t.Errorf("in pages of %d (-whole +pages):\n%s", size, diff)
		}
	}
	var own []directory.RankedValue
	for _, v := range whole {
		if slices.Contains([]directory.GroupID{groups[7], groups[250]}, v.Group) {
			own = append(own, v)
		}
	}
	ada := view.New(w.Core).As(directory.Caller{User: u})
	for _, size := range []int{1, 2, 10} {
		if diff := cmp.Diff(own, pages(ada, size)); diff != "" {
			t.Errorf("of own groups, in pages of %d (-want +got):\n%s", size, diff)
		}
	}
}
