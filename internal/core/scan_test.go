package core_test

import (
	"fmt"
	"slices"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// TestPagesWalkedAreThoseCutFromTheWhole walks lists page by page, in steps of
// several sizes and with changes in between, and compares each page with the
// same part of the whole list.
func TestPagesWalkedAreThoseCutFromTheWhole(t *testing.T) {
	w := coretest.New(t)
	var edits []directory.Edit
	for i := range 40 {
		edits = append(edits, directory.CreateUser{FirstName: fmt.Sprint("u", i%7), Disabled: i%3 == 0})
	}
	w.Do(edits...)
	like := func(pattern string) directory.UserFilter {
		p, err := directory.ParsePattern("pattern", pattern)
		if err != nil {
			t.Fatal(err)
		}
		return directory.UsersLike{Field: directory.FieldFirstName, Pattern: p}
	}
	filters := []directory.UserFilter{
		nil, directory.UsersEnabled(true), like("u3"), like("u%"), like("%3"), directory.UsersOr{like("u1"), like("u2")},
		directory.UsersAfter(10), directory.UsersIn{Groups: []directory.GroupID{1}},
	}
	for step, where := range filters {
		for _, limit := range []int{1, 3, 10} {
			for round := range 2 {
				whole, total, err := w.Admin().Users(t.Context(), directory.UserQuery{Where: where})
				if err != nil {
					t.Fatal(err)
				}
				for offset := 0; offset <= total+limit; offset += limit {
					if round == 1 && offset == 3*limit { // somebody makes a change in the middle
						w.Do(directory.CreateUser{FirstName: "u3"}, directory.CreateUser{FirstName: "u2"})
						if whole, total, err = w.Admin().Users(t.Context(), directory.UserQuery{Where: where}); err != nil {
							t.Fatal(err)
						}
					}
					page, n, err := w.Admin().Users(t.Context(), directory.UserQuery{Where: where, Offset: offset, Limit: limit})
					if err != nil {
						t.Fatal(err)
					}
					want := whole[min(offset, total):min(offset+limit, total)]
					same := slices.EqualFunc(page, want, func(a, b directory.UserDetail) bool { return a.User.ID == b.User.ID })
					if !same || n != total {
						t.Errorf("filter %d, offset %d, limit %d: %d users of %d, want %d of %d", step, offset, limit, len(page), n,
							len(want), total)
					}
				}
			}
		}
	}
}
