package core_test

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/verify"
)

// token stores a token of a user, and returns a function that says whether it
// is still there.
func (w *world) token(u directory.UserID, credential directory.CredentialID) func() bool {
	w.t.Helper()
	hash := [32]byte{byte(u), byte(credential)}
	made := store.Token{Hash: hash, User: u, Credential: credential}
	if _, err := w.store.Ephemera().PutToken(w.t.Context(), made, store.TokenLimit{}); err != nil {
		w.t.Fatal(err)
	}
	return func() bool {
		w.t.Helper()
		_, ok, err := w.store.Ephemera().Token(w.t.Context(), hash)
		if err != nil {
			w.t.Fatal(err)
		}
		return ok
	}
}

func TestTokensEndWithWhatTheyStandFor(t *testing.T) {
	w := newWorld(t)
	off := true
	disabled, deleted, locked, dropped, bystander := w.user("A"), w.user("B"), w.user("C"), w.user("D"), w.user("E")
	credential := func(u directory.UserID) directory.CredentialID {
		return directory.CredentialID(w.do(directory.CreateAPICredential{User: u}).Results[0].ID)
	}
	lockedKey, droppedKey := credential(locked), credential(dropped)
	tokens := map[string]func() bool{
		"of a disabled user":       w.token(disabled, 0),
		"of a deleted user":        w.token(deleted, 0),
		"of a disabled credential": w.token(locked, lockedKey),
		"of a removed credential":  w.token(dropped, droppedKey),
	}
	other := w.token(bystander, 0)
	back := w.user("F")
	kept := w.token(back, 0)
	w.do(
		directory.UpdateUser{User: disabled, Disabled: &off},
		directory.DeleteUser{User: deleted},
		directory.UpdateCredential{User: locked, Credential: lockedKey, Disabled: &off},
		directory.DeleteCredential{User: dropped, Credential: droppedKey},
		directory.UpdateUser{User: back, Disabled: &off},
		directory.UpdateUser{User: back, Disabled: new(false)},
	)
	for what, there := range tokens {
		if there() {
			t.Errorf("the token %s is still there", what)
		}
	}
	if !other() || !kept() {
		t.Error("the token of somebody whom the change leaves as before is gone")
	}
}

func TestMembersAreCountedAsTheyComeAndGo(t *testing.T) {
	w := newWorld(t)
	g, u, v := w.group("G"), w.user("U"), w.user("V")
	count := func() int64 {
		t.Helper()
		list, err := w.admin().GroupDetails(t.Context(), []directory.GroupID{g, directory.AllUsers})
		if err != nil || len(list) != 2 {
			t.Fatalf("GroupDetails = %+v, %v", list, err)
		}
		if list[1].Members != w.core.Head().Users {
			t.Errorf("All Users has %d members, want %d", list[1].Members, w.core.Head().Users)
		}
		return list[0].Members
	}
	w.do(directory.AddMember{Group: g, User: u}, directory.AddMember{Group: g, User: v})
	if n := count(); n != 2 {
		t.Errorf("after two came: %d", n)
	}
	gone := w.do(directory.DeleteUser{User: u}).Revision
	if n := count(); n != 1 {
		t.Errorf("after one was deleted: %d", n)
	}
	// stored counts too, which this store does not read
	sound := &verify.Report{Problem: func(s string) { t.Error(s) }}
	if _, err := verify.Check(t.Context(), w.store, sound); err != nil {
		t.Error(err)
	}
	w.do(directory.Revert{Revision: gone})
	if n := count(); n != 2 {
		t.Errorf("after the deletion was reverted: %d", n)
	}
	w.do(directory.RemoveMember{Group: g, User: v})
	if n := count(); n != 1 {
		t.Errorf("after one left: %d", n)
	}
}

func TestADisabledAdministratorIsNoAdministrator(t *testing.T) {
	w := newWorld(t)
	off := true
	second := w.withPermissions("Second", "administer")
	w.do(directory.UpdateUser{User: second, Disabled: &off})
	w.refuse(w.admin(), directory.KindForbidden, directory.UpdateUser{User: w.root, Disabled: &off})
	w.refuse(w.admin(), directory.KindForbidden, directory.SetUserRoles{User: w.root})
}
