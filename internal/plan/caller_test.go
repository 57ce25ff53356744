package plan_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// The plan looks up the caller again, whatever a surface knew before.
func TestACallerMustBeThereAndEnabled(t *testing.T) {
	w := coretest.New(t)
	disabled, deleted := w.WithPermissions("Disabled", "administer"), w.WithPermissions("Deleted", "administer")
	plain, behind := w.User("Plain"), w.WithPermissions("Behind", "sudo")
	w.Do(directory.UpdateUser{User: disabled, Disabled: new(true)}, directory.DeleteUser{User: deleted})
	for name, caller := range map[string]directory.Caller{
		"disabled":                      {User: disabled},
		"deleted":                       {User: deleted},
		"nobody":                        {User: 999},
		"with nobody behind":            {User: w.Root, Sudoer: 999},
		"with somebody disabled behind": {User: plain, Sudoer: disabled},
		"with one behind who may not":   {User: w.Root, Sudoer: plain},
		"with one behind who has less":  {User: w.Root, Sudoer: behind},
		"disabled, with one behind":     {User: disabled, Sudoer: w.Root},
	} {
		_, _, err := w.Core.Commit(t.Context(), caller, directory.Change{Edits: []directory.Edit{directory.CreateGroup{}}})
		if directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("a caller %s: %v", name, err)
		}
	}
}

// Nobody deletes itself, also not as somebody else.
func TestACallerDoesNotDeleteItself(t *testing.T) {
	w := coretest.New(t)
	other := w.WithPermissions("Other", "administer")
	for _, caller := range []directory.Caller{{User: other}, {User: w.Root, Sudoer: other}} {
		edits := []directory.Edit{directory.DeleteUser{User: other}}
		_, _, err := w.Core.Commit(t.Context(), caller, directory.Change{Edits: edits})
		if directory.KindOf(err) != directory.KindForbidden {
			t.Errorf("%+v deletes itself: %v", caller, err)
		}
	}
	w.Do(directory.DeleteUser{User: other})
}

// A caller without a permission to manage makes small changes only.
func TestChangesOfOrdinaryCallersAreSmall(t *testing.T) {
	w := coretest.New(t)
	own := directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "own", Type: directory.TypeString, UserCanEdit: true,
	}).Results[0].ID)
	u := w.User("U")
	edits := make([]directory.Edit, directory.MaxOrdinaryEdits+1)
	for i := range edits {
		edits[i] = directory.SetUserValue{User: u, Attribute: own, Value: coretest.Text("x")}
	}
	w.Refuse(w.As(u), directory.KindInvalid, edits...)
	if _, err := w.As(u).Commit(t.Context(), directory.Change{Edits: edits[1:]}); err != nil {
		t.Errorf("%d edits: %v", len(edits)-1, err)
	}
	w.Do(edits...)
}

// A user whose privileged membership has ended can be touched again. One whose membership begins
// later cannot.
func TestWhoIsPrivilegedIsDecidedFromNowOn(t *testing.T) {
	w := coretest.New(t)
	admins, manager := w.Group("Admins"), w.WithPermissions("Manager", "manage_users")
	was, will := w.User("Was"), w.User("Will")
	w.Do(
		directory.SetGroupRoles{Group: admins, Roles: []directory.RoleID{directory.AdminRole}},
		directory.AddMember{Group: admins, User: was, Window: &directory.Window{ExpiresAt: 1_000}},
		directory.AddMember{Group: admins, User: will, Window: &directory.Window{StartsAt: 4_102_444_800_000}},
	)
	touch := func(u directory.UserID) directory.Edit {
		return directory.SetLoginEmail{User: u, Email: directory.FormatID(u) + "@example.com"}
	}
	w.Refuse(w.As(manager), directory.KindForbidden, touch(will))
	if can, err := w.As(manager).Can(t.Context(), touch(will), touch(was)); err != nil || can[0] || !can[1] {
		t.Errorf("it is said that who will be can be touched: %t, who was: %t, %v", can[0], can[1], err)
	}
	if _, err := w.As(manager).Commit(t.Context(), directory.Change{Edits: []directory.Edit{touch(was)}}); err != nil {
		t.Errorf("somebody who was privileged: %v", err)
	}
}
