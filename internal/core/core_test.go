package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

func TestAGroupValueReachesTheMembersOfGroupsBelow(t *testing.T) {
	w := coretest.New(t)
	emea, berlin, ada := w.Group("EMEA"), w.Group("Berlin"), w.User("Ada")
	region := w.Attribute("region", directory.TypeString)
	w.Do(directory.AddParent{Group: berlin, Parent: emea}, directory.AddMember{Group: berlin, User: ada})
	if got, want := w.Effective(ada, region), "none:"; got != want {
		t.Errorf("before: %q, want %q", got, want)
	}
	w.Do(directory.SetGroupValue{Group: emea, Attribute: region, Value: coretest.Text("emea")})
	if got, want := w.Effective(ada, region), "group:emea"; got != want {
		t.Errorf("after: %q, want %q", got, want)
	}
}

func TestAnEditThatChangesNothingMakesNoRevision(t *testing.T) {
	w := coretest.New(t)
	g, a := w.Group("G"), w.Attribute("a", directory.TypeString)
	set := directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")}
	first := w.Do(set)
	second := w.Do(set)
	if !first.Changed || second.Changed || second.Revision != first.Revision ||
		second.Results[0].ID != first.Results[0].ID {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

func TestEditsReferToWhatEarlierEditsOfTheChangeMade(t *testing.T) {
	w := coretest.New(t)
	done := w.Do(
		directory.CreateGroup{Name: "A"},
		directory.CreateUser{FirstName: "U"},
		directory.CreateAttribute{Name: "x", Type: directory.TypeInteger},
		directory.AddMember{Group: directory.Made[directory.GroupID](0), User: directory.Made[directory.UserID](1)},
		directory.SetGroupValues{Attribute: directory.Made[directory.AttributeID](2), Items: []directory.GroupValueItem{
			{Group: directory.Made[directory.GroupID](0), Value: coretest.Text("7")},
		}},
	)
	got := w.Effective(directory.UserID(done.Results[1].ID), directory.AttributeID(done.Results[2].ID))
	if got != "group:7" {
		t.Errorf("effective = %q", got)
	}
	w.Refuse(w.Admin(), directory.KindInvalid, directory.AddMember{Group: directory.Made[directory.GroupID](5),
		User: w.Root})
}

func TestManyWritersAllGetThroughAndRevisionsHaveNoGaps(t *testing.T) {
	w := coretest.New(t)
	start := w.Core.Head().Revision
	const writers, each = 16, 20
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				edit := directory.CreateGroup{Name: fmt.Sprintf("g%d-%d", i, j)}
				if _, err := w.Admin().Commit(context.Background(), directory.Change{Edits: []directory.Edit{edit}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := w.Core.Head(); got.Revision != start+writers*each || got.Groups != 1+writers*each {
		t.Errorf("head %+v", got)
	}
}

func TestABaselineOfAllUsersStaysLast(t *testing.T) {
	w := coretest.New(t)
	g, h, u := w.Group("G"), w.Group("H"), w.User("U")
	a := w.Attribute("a", directory.TypeString)
	w.Do(directory.AddMember{Group: g, User: u}, directory.AddMember{Group: h, User: u})
	w.Do(directory.SetGroupValue{Group: directory.AllUsers, Attribute: a, Value: coretest.Text("baseline")})
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("g")})
	w.Do(directory.SetGroupValue{Group: h, Attribute: a, Value: coretest.Text("h")})
	if got := w.Effective(u, a); got != "group:g" {
		t.Errorf("effective = %q, want that of the first group", got)
	}
	list, err := w.Admin().GroupValues(t.Context(), a)
	if err != nil || len(list) != 3 || list[0].Group != g || list[1].Group != h || list[2].Group != directory.AllUsers {
		t.Errorf("values %+v, %v", list, err)
	}
}
