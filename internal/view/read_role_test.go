package view_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

func roleLists() [][]directory.RoleID { return [][]directory.RoleID{nil, nil, {3}, {4}, {3, 4}} }

// TestHoldersOfARoleAreThoseWhoHaveIt compares who is listed and counted with
// what the catalog says of every user.
func TestHoldersOfARoleAreThoseWhoHaveIt(t *testing.T) {
	w := coretest.New(t)
	const groups, users = 8, 12
	var edits []directory.Edit
	for range groups {
		edits = append(edits, directory.CreateGroup{Name: "g"})
	}
	for range users {
		edits = append(edits, directory.CreateUser{FirstName: "u"})
	}
	w.Do(edits...)
	w.Do(
		directory.CreatePermissionSet{Name: "p"},
		directory.CreateRole{Name: "a", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateRole{Name: "b", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
	)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		edits = nil
		for id := directory.GroupID(3); id < groups+2; id++ {
			edits = append(edits, directory.SetFirstParent{Group: id, Parent: directory.GroupID(random.Int64N(int64(id-1))) + 1})
			edits = append(edits, directory.SetGroupRoles{Group: id, Roles: roleLists()[random.IntN(5)]})
		}
		for id := directory.UserID(2); id <= users+1; id++ {
			edits = append(edits, directory.SetFirstGroup{User: id, Group: directory.GroupID(random.Int64N(groups) + 1)})
			edits = append(edits, directory.SetUserRoles{User: id, Roles: roleLists()[random.IntN(5)]})
		}
		w.Do(edits...)
		all, _, err := w.Admin().Users(t.Context(), directory.UserQuery{})
		if err != nil {
			t.Fatal(err)
		}
		counts, err := w.Admin().RoleCounts(t.Context(), []directory.RoleID{3, 4})
		if err != nil {
			t.Fatal(err)
		}
		for i, role := range []directory.RoleID{3, 4} {
			for _, directly := range []bool{true, false} {
				where, err := w.Admin().RoleHolders(t.Context(), role, directly)
				if err != nil {
					t.Fatal(err)
				}
				list, n, err := w.Admin().Users(t.Context(), directory.UserQuery{Where: where})
				if err != nil {
					t.Fatal(err)
				}
				var want, got []directory.UserID
				for _, u := range all {
					has := u.AllRoles
					if directly {
						has = u.Roles
					}
					if slices.Contains(has, role) {
						want = append(want, u.User.ID)
					}
				}
				for _, u := range list {
					got = append(got, u.User.ID)
				}
				if !slices.Equal(want, got) || n != len(want) || !directly && counts[i] != int64(n) {
					t.Errorf("role %d, directly %v: users %v (%d, counted %d), want %v", role, directly, got, n, counts[i], want)
				}
			}
		}
	}
}
