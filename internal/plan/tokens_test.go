package plan_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// token stores a token of a user, and returns a function that says whether it
// is still there.
func token(w *coretest.World, u directory.UserID, credential directory.CredentialID) func() bool {
	w.T.Helper()
	hash := [32]byte{byte(u), byte(credential)}
	made := store.Token{Hash: hash, User: u, Credential: credential}
	if _, err := w.Store.Ephemera().PutToken(w.T.Context(), made, store.TokenLimit{}); err != nil {
		w.T.Fatal(err)
	}
	return func() bool {
		w.T.Helper()
		_, ok, err := w.Store.Ephemera().Token(w.T.Context(), hash)
		if err != nil {
			w.T.Fatal(err)
		}
		return ok
	}
}

func TestTokensEndWithWhatTheyStandFor(t *testing.T) {
	w := coretest.New(t)
	off := true
	disabled, deleted, locked, dropped, bystander := w.User("A"), w.User("B"), w.User("C"), w.User("D"), w.User("E")
	credential := func(u directory.UserID) directory.CredentialID {
		return directory.CredentialID(w.Do(directory.CreateAPICredential{User: u}).Results[0].ID)
	}
	lockedKey, droppedKey := credential(locked), credential(dropped)
	tokens := map[string]func() bool{
		"of a disabled user":       token(w, disabled, 0),
		"of a deleted user":        token(w, deleted, 0),
		"of a disabled credential": token(w, locked, lockedKey),
		"of a removed credential":  token(w, dropped, droppedKey),
	}
	other := token(w, bystander, 0)
	back := w.User("F")
	kept := token(w, back, 0)
	w.Do(
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
