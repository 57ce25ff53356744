package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// refusal is the text with which a change is refused.
func (w *world) refusal(as *view.View, edits ...directory.Edit) string {
	w.t.Helper()
	_, err := as.Commit(w.t.Context(), directory.Change{Edits: edits})
	if err == nil {
		w.t.Fatalf("%+v was not refused", edits)
	}
	return err.Error()
}

func TestARevertThatWouldCloseARingIsAConflict(t *testing.T) {
	w := newWorld(t)
	a, b, c, u := w.group("A"), w.group("B"), w.group("C"), w.user("U")
	attr := w.attribute("x", directory.TypeString)
	w.do(directory.AddParent{Group: c, Parent: a}, directory.AddParent{Group: a, Parent: b},
		directory.AddMember{Group: b, User: u})
	deleted := w.do(directory.DeleteGroup{Group: a})
	w.do(directory.AddParent{Group: b, Parent: c})
	revert := directory.Revert{Revision: deleted.Revision}
	if _, err := w.admin().Preview(t.Context(),
		directory.Change{Edits: []directory.Edit{revert}}); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("its preview: %v", err)
	}
	w.refuse(w.admin(), directory.KindConflict, revert)
	if said := w.refusal(w.admin(), revert); !strings.Contains(said, fmt.Sprint(a)) || !strings.Contains(said, "ring") {
		t.Errorf("the refusal names no ring: %s", said)
	}
	if got := w.effective(u, attr); got != "none:" {
		t.Errorf("effective = %s", got)
	}
}

func TestARevertKeepsTheLimitsOfNesting(t *testing.T) {
	w := newWorld(t)
	top, bottom := w.group("Top"), w.group("Bottom")
	middle := w.group("Middle")
	w.do(directory.AddParent{Group: middle, Parent: top}, directory.AddParent{Group: bottom, Parent: middle})
	deleted := w.do(directory.DeleteGroup{Group: middle})
	for above, n := top, 1; n < directory.MaxNestingDepth-1; n++ {
		g := w.group(fmt.Sprint("above ", n))
		w.do(directory.AddParent{Group: above, Parent: g})
		above = g
	}
	w.refuse(w.admin(), directory.KindConflict, directory.Revert{Revision: deleted.Revision})
	child := w.group("Child of many")
	parent := w.group("One of many")
	w.do(directory.AddParent{Group: child, Parent: parent})
	gone := w.do(directory.DeleteGroup{Group: parent})
	for n := range directory.MaxParents {
		w.do(directory.AddParent{Group: child, Parent: w.group(fmt.Sprint("parent ", n))})
	}
	w.refuse(w.admin(), directory.KindConflict, directory.Revert{Revision: gone.Revision})
}

// A chain of groups, the first of which gives the role of administrators.
func (w *world) privileged(names ...string) (chain []directory.GroupID) {
	w.t.Helper()
	for i, name := range names {
		chain = append(chain, w.group(name))
		if i > 0 {
			w.do(directory.AddParent{Group: chain[i], Parent: chain[i-1]})
		}
	}
	w.do(directory.SetGroupRoles{Group: chain[0], Roles: []directory.RoleID{directory.AdminRole}})
	return chain
}

func TestRevertingADeletionGivesNobodyPermissionsThatTheCallerLacks(t *testing.T) {
	w := newWorld(t)
	mallory := w.withPermissions("Groups and history", "manage_groups", "see_history")
	as := w.as(mallory)
	chain := w.privileged("Administrators", "between", "Below")
	for _, g := range chain {
		w.refuse(as, directory.KindForbidden, directory.DeleteGroup{Group: g})
		deleted := w.do(directory.DeleteGroup{Group: g})
		w.refuse(as, directory.KindForbidden, directory.Revert{Revision: deleted.Revision})
		w.do(directory.Revert{Revision: deleted.Revision})
	}
	// The group in between is deleted, so that the one below gives nothing.
	deleted := w.do(directory.DeleteGroup{Group: chain[1]})
	w.do(directory.AddMember{Group: chain[2], User: mallory})
	w.refuse(as, directory.KindForbidden, directory.Revert{Revision: deleted.Revision})
}

func TestPermissionsThatBeginLaterAreProtected(t *testing.T) {
	w := newWorld(t)
	admins := w.privileged("Administrators")[0]
	later := w.user("Later")
	window := directory.Window{StartsAt: directory.InstantOf(time.Now().Add(time.Hour))}
	w.do(directory.AddMember{Group: admins, User: later, Window: &window})
	as := w.as(w.withPermissions("Users and groups", "manage_users", "manage_groups", "set_values"))
	name := "changed"
	for _, edit := range []directory.Edit{
		directory.CreateAPICredential{User: later},
		directory.SetLoginEmail{User: later, Email: "later@example.com"},
		directory.UpdateUser{User: later, FirstName: &name},
		directory.SetUserValue{User: w.root, Attribute: directory.AttrFirstName, Value: text("changed")},
		directory.SetFacet{Object: later.Object(), Dialect: "test", Kind: "k", Data: "{}"},
		directory.SetFirstGroup{User: w.root, Group: admins},
		directory.RemoveMember{User: later, Group: admins},
		directory.AddMember{User: later, Group: admins, Window: &directory.Window{}},
		directory.DeleteUser{User: later},
	} {
		w.refuse(as, directory.KindForbidden, edit)
	}
}

func TestWhoIsPrivilegedIsNotTakenOutOfTheGroupThatMakesIt(t *testing.T) {
	w := newWorld(t)
	admins := w.privileged("Administrators")[0]
	u := w.user("U")
	w.do(directory.AddMember{Group: admins, User: u})
	as := w.as(w.withPermissions("Users and groups", "manage_users", "manage_groups"))
	other := w.group("Other")
	w.refuse(as, directory.KindForbidden, directory.RemoveMember{User: u, Group: admins})
	w.refuse(as, directory.KindForbidden, directory.SetFirstGroup{User: u, Group: other})
	w.refuse(as, directory.KindForbidden, directory.SetFirstGroup{User: u})
}

func TestTheLastAdministratorNeedsAnAPICredential(t *testing.T) {
	w := newWorld(t)
	person := w.user("Person")
	w.do(directory.SetUserRoles{User: person, Roles: []directory.RoleID{directory.AdminRole}},
		directory.SetLoginEmail{User: person, Email: "person@example.com"})
	d, err := w.admin().User(t.Context(), w.root)
	if err != nil || len(d.Credentials) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	w.refuse(w.admin(), directory.KindForbidden, directory.DeleteCredential{User: w.root, Credential: d.Credentials[0].ID})
	made := w.do(directory.CreateAPICredential{User: person})
	w.do(directory.DeleteCredential{User: w.root, Credential: d.Credentials[0].ID})
	back := w.as(person)
	// A credential that comes back by a revert has no secret.
	disabled := true
	w.refuse(back, directory.KindForbidden, directory.UpdateCredential{
		User: person, Credential: directory.CredentialID(made.Results[0].ID), Disabled: &disabled,
	})
}

func TestARoleOrSetInUseIsNotReverted(t *testing.T) {
	w := newWorld(t)
	set := w.do(directory.CreatePermissionSet{Name: "set", Permissions: []string{"see_users"}})
	models := w.do(directory.CreateModelSet{Name: "models"})
	role := w.do(directory.CreateRole{
		Name: "role", PermissionSet: directory.PermissionSetID(set.Results[0].ID),
		ModelSet: directory.ModelSetID(models.Results[0].ID),
	})
	u := w.user("U")
	w.do(directory.SetUserRoles{User: u, Roles: []directory.RoleID{directory.RoleID(role.Results[0].ID)}})
	for _, done := range []directory.Committed{set, models, role} {
		w.refuse(w.admin(), directory.KindConflict, directory.Revert{Revision: done.Revision})
	}
}

func TestARevertIsRefusedWhereItsOutcomeIsNotPossible(t *testing.T) {
	w := newWorld(t)
	u, g := w.user("U"), w.group("G")
	w.do(directory.AddMember{User: u, Group: g})
	left := w.do(directory.RemoveMember{User: u, Group: g})
	var edits []directory.Edit
	for i := range directory.MaxUserGroups {
		edits = append(edits, directory.CreateGroup{},
			directory.AddMember{User: u, Group: directory.Made[directory.GroupID](2 * i)})
	}
	w.do(edits...)
	w.refuse(w.admin(), directory.KindConflict, directory.Revert{Revision: left.Revision})

	a := w.attribute("taken", directory.TypeString)
	gone := w.do(directory.DeleteAttribute{Attribute: a})
	w.attribute("taken", directory.TypeString)
	w.refuse(w.admin(), directory.KindConflict, directory.Revert{Revision: gone.Revision})

	b := w.attribute("b", directory.TypeString)
	w.do(directory.SetGroupValue{Group: g, Attribute: b, Value: text("abc")})
	cleared := w.do(directory.DeleteGroupValue{Group: g, Attribute: b})
	number := directory.TypeInteger
	w.do(directory.UpdateAttribute{Attribute: b, Type: &number})
	w.refuse(w.admin(), directory.KindConflict, directory.Revert{Revision: cleared.Revision})

	// The administrator of before has given up, and the one who came cannot be
	// taken away by undoing.
	other := w.user("Other")
	w.do(directory.CreateAPICredential{User: other})
	given := w.do(directory.SetUserRoles{User: other, Roles: []directory.RoleID{directory.AdminRole}})
	w.do(directory.SetUserRoles{User: w.root})
	w.refuse(w.as(other), directory.KindForbidden, directory.Revert{Revision: given.Revision})
}
