package core_test

import (
	"testing"
	"time"

	"cohort/internal/directory"
)

// credentials are those of a user.
func (w *world) credentials(user directory.UserID) []directory.Credential {
	w.t.Helper()
	u, err := w.admin().WholeUser(w.t.Context(), user)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Credentials
}

func TestAnOldSecretStaysGoodForAWhile(t *testing.T) {
	w := newWorld(t)
	u := w.user("feed")
	made := directory.CreateAPICredential{User: u}
	w.do(made)
	hour := directory.InstantOf(time.Now().Add(time.Hour))
	for range 3 {
		all := w.credentials(u)
		old := all[len(all)-1]
		w.do(directory.Rotation(made, old, all, &hour)...)
		all = w.credentials(u)
		if len(all) != 2 || all[0].ID != old.ID || all[0].ExpiresAt != hour || all[1].ExpiresAt != 0 {
			t.Errorf("after a rotation: %+v", all)
		}
	}
	all := w.credentials(u)
	later := hour + 1000
	w.do(directory.Rotation(made, all[0], all, &later)...)
	if all = w.credentials(u); len(all) != 3 || all[0].ExpiresAt != hour {
		t.Errorf("a rotation gives one that ends more time: %+v", all)
	}
	w.do(directory.Rotation(made, all[1], all, new(directory.Instant(0)))...)
	if all = w.credentials(u); len(all) != 2 || all[0].ExpiresAt != 0 || all[1].ExpiresAt != 0 {
		t.Errorf("one that is to end at once, and one that was to end, are there: %+v", all)
	}
}

func TestOnlyAClientIDAndSecretEnds(t *testing.T) {
	w := newWorld(t)
	u := w.user("ada")
	w.do(directory.SetLoginEmail{User: u, Email: "ada@example.com"}, directory.CreateAPICredential{User: u})
	email, key := w.credentials(u)[0].ID, w.credentials(u)[1].ID
	past, later := directory.InstantOf(time.Now()), directory.InstantOf(time.Now().Add(time.Hour))
	w.refuse(w.admin(), directory.KindInvalid, directory.UpdateCredential{User: u, Credential: email, ExpiresAt: &later})
	w.refuse(w.admin(), directory.KindInvalid, directory.UpdateCredential{User: u, Credential: key, ExpiresAt: &past})
	w.refuse(w.admin(), directory.KindInvalid, directory.CreateAPICredential{User: u, ExpiresAt: past})
	w.do(directory.UpdateCredential{User: u, Credential: key, ExpiresAt: &later})
	w.do(directory.UpdateCredential{User: u, Credential: key, ExpiresAt: new(directory.Instant(0))})
	if c := w.credentials(u)[1]; c.ExpiresAt != 0 {
		t.Errorf("an end is taken away: %+v", c)
	}
}

// An administrator whose only credential ends is none for good.
func TestTheLastAdministratorsCredentialDoesNotEnd(t *testing.T) {
	w := newWorld(t)
	key, later := w.credentials(w.root)[0], directory.InstantOf(time.Now().Add(time.Hour))
	end := directory.UpdateCredential{User: w.root, Credential: key.ID, ExpiresAt: &later}
	w.refuse(w.admin(), directory.KindForbidden, end)
	w.do(directory.CreateAPICredential{User: w.root}, end)
	second := w.credentials(w.root)[1]
	w.refuse(w.admin(), directory.KindForbidden, directory.DeleteCredential{User: w.root, Credential: second.ID})
	w.do(directory.Rotation(directory.CreateAPICredential{User: w.root}, second, w.credentials(w.root), &later)...)
}
