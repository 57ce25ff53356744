package outcome_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

func TestARevertThatWouldCloseARingIsAConflict(t *testing.T) {
	w := coretest.New(t)
	a, b, c, u := w.Group("A"), w.Group("B"), w.Group("C"), w.User("U")
	attr := w.Attribute("x", directory.TypeString)
	w.Do(directory.AddParent{Group: c, Parent: a}, directory.AddParent{Group: a, Parent: b},
		directory.AddMember{Group: b, User: u})
	deleted := w.Do(directory.DeleteGroup{Group: a})
	w.Do(directory.AddParent{Group: b, Parent: c})
	revert := directory.Revert{Revision: deleted.Revision}
	if _, err := w.Admin().Preview(t.Context(),
		directory.Change{Edits: []directory.Edit{revert}}); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("its preview: %v", err)
	}
	w.Refuse(w.Admin(), directory.KindConflict, revert)
	if said := w.Refusal(w.Admin(), revert); !strings.Contains(said, fmt.Sprint(a)) || !strings.Contains(said, "ring") {
		t.Errorf("the refusal names no ring: %s", said)
	}
	if got := w.Effective(u, attr); got != "none:" {
		t.Errorf("effective = %s", got)
	}
}

func TestARevertKeepsTheLimitsOfNesting(t *testing.T) {
	w := coretest.New(t)
	top, bottom := w.Group("Top"), w.Group("Bottom")
	middle := w.Group("Middle")
	w.Do(directory.AddParent{Group: middle, Parent: top}, directory.AddParent{Group: bottom, Parent: middle})
	deleted := w.Do(directory.DeleteGroup{Group: middle})
	for above, n := top, 1; n < directory.MaxNestingDepth-1; n++ {
		g := w.Group(fmt.Sprint("above ", n))
		w.Do(directory.AddParent{Group: above, Parent: g})
		above = g
	}
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: deleted.Revision})
	child := w.Group("Child of many")
	parent := w.Group("One of many")
	w.Do(directory.AddParent{Group: child, Parent: parent})
	gone := w.Do(directory.DeleteGroup{Group: parent})
	for n := range directory.MaxParents {
		w.Do(directory.AddParent{Group: child, Parent: w.Group(fmt.Sprint("parent ", n))})
	}
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: gone.Revision})
}

func TestRevertingADeletionGivesNobodyPermissionsThatTheCallerLacks(t *testing.T) {
	w := coretest.New(t)
	mallory := w.WithPermissions("Groups and history", "manage_groups", "see_history")
	as := w.As(mallory)
	chain := w.Privileged("Administrators", "between", "Below")
	for _, g := range chain {
		w.Refuse(as, directory.KindForbidden, directory.DeleteGroup{Group: g})
		deleted := w.Do(directory.DeleteGroup{Group: g})
		w.Refuse(as, directory.KindForbidden, directory.Revert{Revision: deleted.Revision})
		w.Do(directory.Revert{Revision: deleted.Revision})
	}
	// The group in between is deleted, so that the one below gives nothing.
	deleted := w.Do(directory.DeleteGroup{Group: chain[1]})
	w.Do(directory.AddMember{Group: chain[2], User: mallory})
	w.Refuse(as, directory.KindForbidden, directory.Revert{Revision: deleted.Revision})
}

func TestPermissionsThatBeginLaterAreProtected(t *testing.T) {
	w := coretest.New(t)
	admins := w.Privileged("Administrators")[0]
	later := w.User("Later")
	window := directory.Window{StartsAt: directory.InstantOf(time.Now().Add(time.Hour))}
	w.Do(directory.AddMember{Group: admins, User: later, Window: &window})
	as := w.As(w.WithPermissions("Users and groups", "manage_users", "manage_groups", "set_values"))
	name := "changed"
	for _, edit := range []directory.Edit{
		directory.CreateAPICredential{User: later},
		directory.SetLoginEmail{User: later, Email: "later@example.com"},
		directory.UpdateUser{User: later, FirstName: &name},
		directory.SetUserValue{User: w.Root, Attribute: directory.AttrFirstName, Value: coretest.Text("changed")},
		directory.SetFacet{Object: later.Object(), Dialect: "test", Kind: "k", Data: "{}"},
		directory.SetFirstGroup{User: w.Root, Group: admins},
		directory.RemoveMember{User: later, Group: admins},
		directory.AddMember{User: later, Group: admins, Window: &directory.Window{}},
		directory.DeleteUser{User: later},
	} {
		w.Refuse(as, directory.KindForbidden, edit)
	}
}

func TestWhoIsPrivilegedIsNotTakenOutOfTheGroupThatMakesIt(t *testing.T) {
	w := coretest.New(t)
	admins := w.Privileged("Administrators")[0]
	u := w.User("U")
	w.Do(directory.AddMember{Group: admins, User: u})
	as := w.As(w.WithPermissions("Users and groups", "manage_users", "manage_groups"))
	other := w.Group("Other")
	w.Refuse(as, directory.KindForbidden, directory.RemoveMember{User: u, Group: admins})
	w.Refuse(as, directory.KindForbidden, directory.SetFirstGroup{User: u, Group: other})
	w.Refuse(as, directory.KindForbidden, directory.SetFirstGroup{User: u})
}

func TestTheLastAdministratorNeedsAnAPICredential(t *testing.T) {
	w := coretest.New(t)
	person := w.User("Person")
	w.Do(directory.SetUserRoles{User: person, Roles: []directory.RoleID{directory.AdminRole}},
		directory.SetLoginEmail{User: person, Email: "person@example.com"})
	d, err := w.Admin().User(t.Context(), w.Root)
	if err != nil || len(d.Credentials) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	w.Refuse(w.Admin(), directory.KindForbidden, directory.DeleteCredential{User: w.Root, Credential: d.Credentials[0].ID})
	made := w.Do(directory.CreateAPICredential{User: person})
	w.Do(directory.DeleteCredential{User: w.Root, Credential: d.Credentials[0].ID})
	back := w.As(person)
	// A credential that comes back by a revert has no secret.
	disabled := true
	w.Refuse(back, directory.KindForbidden, directory.UpdateCredential{
		User: person, Credential: directory.CredentialID(made.Results[0].ID), Disabled: &disabled,
	})
}

func TestARoleOrSetInUseIsNotReverted(t *testing.T) {
	w := coretest.New(t)
	set := w.Do(directory.CreatePermissionSet{Name: "set", Permissions: []string{"see_users"}})
	models := w.Do(directory.CreateModelSet{Name: "models"})
	role := w.Do(directory.CreateRole{
		Name: "role", PermissionSet: directory.PermissionSetID(set.Results[0].ID),
		ModelSet: directory.ModelSetID(models.Results[0].ID),
	})
	u := w.User("U")
	w.Do(directory.SetUserRoles{User: u, Roles: []directory.RoleID{directory.RoleID(role.Results[0].ID)}})
	for _, done := range []directory.Committed{set, models, role} {
		w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: done.Revision})
	}
}

func TestARevertIsRefusedWhereItsOutcomeIsNotPossible(t *testing.T) {
	w := coretest.New(t)
	u, g := w.User("U"), w.Group("G")
	w.Do(directory.AddMember{User: u, Group: g})
	left := w.Do(directory.RemoveMember{User: u, Group: g})
	var edits []directory.Edit
	for i := range directory.MaxUserGroups {
		edits = append(edits, directory.CreateGroup{},
			directory.AddMember{User: u, Group: directory.Made[directory.GroupID](2 * i)})
	}
	w.Do(edits...)
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: left.Revision})

	a := w.Attribute("taken", directory.TypeString)
	gone := w.Do(directory.DeleteAttribute{Attribute: a})
	w.Attribute("taken", directory.TypeString)
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: gone.Revision})

	b := w.Attribute("b", directory.TypeString)
	w.Do(directory.SetGroupValue{Group: g, Attribute: b, Value: coretest.Text("abc")})
	cleared := w.Do(directory.DeleteGroupValue{Group: g, Attribute: b})
	number := directory.TypeInteger
	w.Do(directory.UpdateAttribute{Attribute: b, Type: &number})
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: cleared.Revision})

	// The administrator of before has given up, and the one who came cannot be
	// taken away by undoing.
	other := w.User("Other")
	w.Do(directory.CreateAPICredential{User: other})
	given := w.Do(directory.SetUserRoles{User: other, Roles: []directory.RoleID{directory.AdminRole}})
	w.Do(directory.SetUserRoles{User: w.Root})
	w.Refuse(w.As(other), directory.KindForbidden, directory.Revert{Revision: given.Revision})
}

func TestADisabledAdministratorIsNoAdministrator(t *testing.T) {
	w := coretest.New(t)
	off := true
	second := w.WithPermissions("Second", "administer")
	w.Do(directory.UpdateUser{User: second, Disabled: &off})
	w.Refuse(w.Admin(), directory.KindForbidden, directory.UpdateUser{User: w.Root, Disabled: &off})
	w.Refuse(w.Admin(), directory.KindForbidden, directory.SetUserRoles{User: w.Root})
}
