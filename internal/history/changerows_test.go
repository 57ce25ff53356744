package history_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// The rows of a page of changes have the names of then that each change shows by
// itself, in whatever order they are asked for.
func TestRowsOfAPageAreThoseOfEachChange(t *testing.T) {
	w := coretest.New(t)
	made := w.Do(directory.CreateGroup{Name: "one"}, directory.CreateUser{FirstName: "Ada"})
	g, u := directory.GroupID(made.Results[0].ID), directory.UserID(made.Results[1].ID)
	rename := func(name string) { w.Do(directory.UpdateGroup{Group: g, Name: &name}) }
	w.Do(directory.AddMember{Group: g, User: u})
	rename("two")
	w.Do(directory.RemoveMember{Group: g, User: u})
	rename("three")
	first := "Grace"
	w.Do(directory.AddMember{Group: g, User: u}, directory.UpdateUser{User: u, FirstName: &first})
	w.Do(directory.DeleteGroup{Group: g})
	var revs []directory.Revision
	for rev := made.Revision; rev <= w.Core.Head().Revision; rev++ {
		revs = append(revs, rev)
	}
	for range 2 {
		page, err := history.RowsOfChanges(t.Context(), w.Admin(), revs, nil, 100)
		if err != nil {
			t.Fatal(err)
		}
		for i, rev := range revs {
			alone, err := history.RowsOfChange(t.Context(), w.Admin(), rev, nil, 100)
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
