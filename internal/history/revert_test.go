package history_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/verify"
)

func TestRevertingTheDeletionOfAGroupBringsAllOfItBack(t *testing.T) {
	w := coretest.New(t)
	parent, g, child, u := w.Group("Parent"), w.Group("G"), w.Group("Child"), w.User("U")
	a := w.Attribute("a", directory.TypeString)
	w.Do(
		directory.AddParent{Group: g, Parent: parent},
		directory.AddParent{Group: child, Parent: g},
		directory.AddMember{Group: g, User: u},
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("v")},
		directory.SetSource{Object: g.Object(), Source: "erp", SourceID: "4711"},
	)
	deleted := w.Do(directory.DeleteGroup{Group: g})
	if got := w.Effective(u, a); got != "none:" {
		t.Errorf("after deletion: %q", got)
	}
	w.Do(directory.Revert{Revision: deleted.Revision})
	if got := w.Effective(u, a); got != "group:v" {
		t.Errorf("after revert: %q", got)
	}
	children, err := w.Admin().ChildGroups(t.Context(), g)
	if err != nil || len(children) != 1 || children[0].ID != child {
		t.Errorf("children %v, %v", children, err)
	}
}

func TestARevertIsRefusedWhenSomethingStandsInTheWay(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := w.Attribute("a", directory.TypeString)
	set := w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")})
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("2")})
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: set.Revision})

	joined := w.Do(directory.AddMember{Group: g, User: u})
	left := w.Do(directory.RemoveMember{Group: g, User: u})
	w.Do(directory.DeleteGroup{Group: g})
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: left.Revision})
	w.Refuse(w.Admin(), directory.KindConflict, directory.Revert{Revision: joined.Revision})
	w.Refuse(w.Admin(), directory.KindNotFound, directory.Revert{Revision: 10_000})
	w.Refuse(w.Admin(), directory.KindProtected, directory.Revert{Revision: 1})
}

// Whoever undoes a whole request is told of the first change by others that stands in
// the way, and not of the request's own.
func TestARefusedRevertNamesTheFirstChangeInItsWay(t *testing.T) {
	w := coretest.New(t)
	g, h, u := w.Group("G"), w.Group("H"), w.User("U")
	a, b := w.Attribute("a", directory.TypeString), w.Attribute("b", directory.TypeString)
	set := func(g directory.GroupID, a directory.AttributeID, v string) directory.Revision {
		return w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text(v)}).Revision
	}
	first := set(g, a, "1")
	second := set(g, a, "2")
	other := set(h, a, "other")
	w.Do(directory.AddMember{Group: g, User: u})
	set(g, b, "of another attribute")
	theirs := set(g, a, "3")
	set(g, a, "4")
	edits := []directory.Edit{directory.Revert{Revision: other}, directory.Revert{Revision: second},
		directory.Revert{Revision: first}}
	_, err := w.Admin().Commit(t.Context(), directory.Change{Edits: edits})
	want := fmt.Sprintf("group:%d was changed again by revision %d", g, theirs)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the refusal is %v, want %q", err, want)
	}
	_, err = w.Admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{directory.Revert{Revision: first}}})
	if want := fmt.Sprintf("by revision %d", second); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the refusal of one is %v, want %q", err, want)
	}
}

func TestARevertedRevertDoesTheChangeAgain(t *testing.T) {
	w := coretest.New(t)
	g, a := w.Group("G"), w.Attribute("a", directory.TypeString)
	set := w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")})
	undone := w.Do(directory.Revert{Revision: set.Revision})
	if _, err := w.Admin().GroupValue(t.Context(), g, a); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("after revert: %v", err)
	}
	w.Do(directory.Revert{Revision: undone.Revision})
	if v, err := w.Admin().GroupValue(t.Context(), g, a); err != nil || v.Value.Text != "1" {
		t.Errorf("after the second revert: %+v, %v", v, err)
	}
}

func TestCredentialsComeBackDisabled(t *testing.T) {
	w := coretest.New(t)
	u := w.User("U")
	w.Do(directory.SetLoginEmail{User: u, Email: "u@example.com"})
	gone := w.Do(directory.DeleteUser{User: u})
	w.Do(directory.Revert{Revision: gone.Revision})
	d, err := w.Admin().User(t.Context(), u)
	if err != nil || len(d.Credentials) != 1 || !d.Credentials[0].Disabled || d.Email() != "u@example.com" {
		t.Errorf("user %+v, %v", d, err)
	}
}

func TestARevertNeedsThePermissionsOfWhatItUndoes(t *testing.T) {
	w := coretest.New(t)
	u := w.User("U")
	admin := w.Group("Administrators")
	w.Do(directory.SetGroupRoles{Group: admin, Roles: []directory.RoleID{directory.AdminRole}})
	w.Do(directory.AddMember{Group: admin, User: u})
	left := w.Do(directory.RemoveMember{Group: admin, User: u})
	manager := w.As(w.WithPermissions("Manager", "manage_groups", "see_history"))
	w.Refuse(manager, directory.KindForbidden, directory.Revert{Revision: left.Revision})
	w.Refuse(w.As(w.WithPermissions("Groups", "manage_groups")), directory.KindForbidden,
		directory.Revert{Revision: left.Revision})
}

func TestADeletedObjectDoesNotComeBackWithoutWhatALaterChangeTook(t *testing.T) {
	w := coretest.New(t)
	for _, kind := range []struct {
		name   string
		make   directory.Edit
		object func(int64) directory.Object
		remove func(int64) directory.Edit
	}{
		{"group", directory.CreateGroup{}, func(id int64) directory.Object { return directory.GroupID(id).Object() },
			func(id int64) directory.Edit { return directory.DeleteGroup{Group: directory.GroupID(id)} }},
		{"user", directory.CreateUser{}, func(id int64) directory.Object { return directory.UserID(id).Object() },
			func(id int64) directory.Edit { return directory.DeleteUser{User: directory.UserID(id)} }},
	} {
		first := kind.object(w.Do(kind.make).Results[0].ID)
		w.Do(directory.SetSource{Object: first, Source: "erp", SourceID: "4711"})
		gone := w.Do(kind.remove(first.ID))
		second := kind.object(w.Do(kind.make).Results[0].ID)
		taken := w.Do(directory.SetSource{Object: second, Source: "erp", SourceID: "4711"})
		_, err := history.Revert(t.Context(), w.Admin(), gone.Revision, "")
		if directory.KindOf(err) != directory.KindConflict ||
			!strings.Contains(err.Error(), `"4711" in the source "erp", which `+second.String()) {
			t.Errorf("a %s whose id another one has: %v", kind.name, err)
		}
		w.Do(directory.DeleteSource{Object: second, Source: "erp"})
		if _, err := history.Revert(t.Context(), w.Admin(), gone.Revision,
			""); directory.KindOf(err) != directory.KindConflict {
			t.Errorf("a %s whose id nobody has: %v", kind.name, err)
		}
		w.Do(directory.Revert{Revision: w.Core.Head().Revision}) // of the removal
		w.Do(directory.Revert{Revision: taken.Revision})
		w.Do(directory.Revert{Revision: gone.Revision})
		refs, err := w.Admin().Sources(t.Context(), first)
		if err != nil || len(refs[0]) != 1 || refs[0][0].SourceID != "4711" {
			t.Errorf("the %s has come back with %v, %v", kind.name, refs, err)
		}
	}
}

func TestErasingAUserLeavesNothingButAChainThatVerifies(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	a := w.Attribute("a", directory.TypeString)
	u := directory.UserID(w.Do(directory.CreateUser{FirstName: "Canary", LastName: "Canary"}).Results[0].ID)
	w.Do(directory.SetLoginEmail{User: u, Email: "canary@example.com"}, directory.AddMember{Group: g, User: u})
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("canary value")},
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("stays")})
	w.Do(directory.SetSource{Object: u.Object(), Source: "erp", SourceID: "canary 1"})
	erased := w.Do(directory.EraseUser{User: u})
	recorded := coretest.Recorded(t, w.Store)
	if bytes.Contains(bytes.ToLower(recorded), []byte("canary")) {
		t.Error("something of the erased user is still in the records")
	}
	if !bytes.Contains(recorded, []byte("stays")) {
		t.Error("what belongs to others is gone from the records")
	}
	n, err := verify.Check(t.Context(), w.Store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
	w.Refuse(w.Admin(), directory.KindProtected, directory.Revert{Revision: erased.Revision})
	w.Refuse(w.Admin(), directory.KindGone, directory.Revert{Revision: erased.Revision - 1})
	w.Refuse(w.Admin(), directory.KindForbidden, directory.EraseUser{User: w.Root})
}

func TestErasingAUserLeavesWhatTheSameChangesDidToOthers(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	a := w.Attribute("a", directory.TypeString)
	made := w.Do(directory.CreateUser{FirstName: "Decoy"}, directory.CreateUser{FirstName: "Stays"},
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")})
	decoy, stays := directory.UserID(made.Results[0].ID), directory.UserID(made.Results[1].ID)
	changed := w.Do(directory.SetUserValue{User: decoy, Attribute: a, Value: coretest.Text("canary")},
		directory.SetUserValue{User: stays, Attribute: a, Value: coretest.Text("2")},
		directory.AddMember{Group: g, User: decoy}, directory.AddMember{Group: g, User: stays},
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("3")})
	w.Do(directory.EraseUser{User: decoy})

	c, err := history.Change(t.Context(), w.Admin(), changed.Revision)
	if err != nil || c.Forgot || c.Erased != 2 || len(c.Edits) != 3 || !reflect.DeepEqual(c.Edits[1],
		directory.Edit(directory.AddMember{Group: g, User: stays})) {
		t.Errorf("the change shows %+v, %v", c, err)
	}
	c, err = history.Change(t.Context(), w.Admin(), made.Revision)
	if err != nil || c.Erased != 1 || len(c.Edits) != 2 || c.Edits[0].(directory.CreateUser).FirstName != "Stays" {
		t.Errorf("the change that made both shows %+v, %v", c, err)
	}
	var notes []string
	n, err := verify.Check(t.Context(), w.Store, &verify.Report{
		Problem: func(s string) { t.Error(s) }, Note: func(s string) { notes = append(notes, s) },
	})
	if n != 0 || err != nil || !strings.Contains(strings.Join(notes, "\n"), "some were erased: 2") {
		t.Errorf("Verify = %d, %v, notes %q", n, err, notes)
	}
	now, _, err := w.Admin().EffectiveAt(t.Context(), stays, nil, directory.Point{Revision: made.Revision})
	if err != nil || len(now) == 0 {
		t.Errorf("the other user as it was: %v, %v", now, err)
	}
	if _, _, err := w.Admin().EffectiveAt(t.Context(), decoy, nil, directory.Point{Revision: made.Revision}); err == nil {
		t.Error("the erased user can be looked at as it was")
	}
	done := w.Do(directory.Revert{Revision: changed.Revision})
	if v, err := w.Admin().GroupValue(t.Context(), g, a); err != nil || v.Value.Text != "1" {
		t.Errorf("what the change did to the group is not undone: %+v, %v", v, err)
	}
	if got := w.Effective(stays, a); got != "none:" {
		t.Errorf("what the change did to the other user is not undone: %s", got)
	}
	if s := done.Results[0].Skipped; len(s) != 1 || !strings.Contains(s[0], decoy.Object().String()) {
		t.Errorf("the revert says that it left out %q", s)
	}
}

// A counterexample that the laws of the write path found: renumbering moves
// values of deleted groups too, and reverting it must not ask for the groups.
func TestRenumberingCanBeRevertedBesideADeletedGroup(t *testing.T) {
	w := coretest.New(t)
	g, h := w.Group("G"), w.Group("H")
	a := w.Attribute("a", directory.TypeString)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("g")},
		directory.SetGroupValue{Group: h, Attribute: a, Value: coretest.Text("h")})
	w.Do(directory.DeleteGroup{Group: g})
	moved := w.Do(directory.RenumberValues{Attribute: a})
	if done := w.Do(directory.Revert{Revision: moved.Revision}); !done.Changed {
		t.Error("reverting the renumbering changed nothing")
	}
}
