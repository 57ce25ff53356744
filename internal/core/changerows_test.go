package core_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/history"
)

// The rows of a page of changes have the names of then that each change shows by
// itself, in whatever order they are asked for.
func TestRowsOfAPageAreThoseOfEachChange(t *testing.T) {
	w := newWorld(t)
	made := w.do(directory.CreateGroup{Name: "one"}, directory.CreateUser{FirstName: "Ada"})
	g, u := directory.GroupID(made.Results[0].ID), directory.UserID(made.Results[1].ID)
	rename := func(name string) { w.do(directory.UpdateGroup{Group: g, Name: &name}) }
	w.do(directory.AddMember{Group: g, User: u})
	rename("two")
	w.do(directory.RemoveMember{Group: g, User: u})
	rename("three")
	first := "Grace"
	w.do(directory.AddMember{Group: g, User: u}, directory.UpdateUser{User: u, FirstName: &first})
	w.do(directory.DeleteGroup{Group: g})
	var revs []directory.Revision
	for rev := made.Revision; rev <= w.core.Head().Revision; rev++ {
		revs = append(revs, rev)
	}
	for range 2 {
		page, err := history.RowsOfChanges(t.Context(), w.admin(), revs, nil, 100)
		if err != nil {
			t.Fatal(err)
		}
		for i, rev := range revs {
			alone, err := history.RowsOfChange(t.Context(), w.admin(), rev, nil, 100)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(alone, page[i]); diff != "" {
				t.Errorf("revision %d (-alone +page):\n%s", rev, diff)
			}
		}
		slices.Reverse(revs)
	}
}
