package core_test

import (
	"testing"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// credentials are those of a user.
func credentials(w *coretest.World, user directory.UserID) []directory.Credential {
	w.T.Helper()
	u, err := w.Admin().WholeUser(w.T.Context(), user)
	if err != nil {
		w.T.Fatal(err)
	}
	return u.Credentials
}

func TestAnOldSecretStaysGoodForAWhile(t *testing.T) {
	w := coretest.New(t)
	u := w.User("feed")
	made := directory.CreateAPICredential{User: u}
	w.Do(made)
	hour := directory.InstantOf(time.Now().Add(time.Hour))
	for range 3 {
		all := credentials(w, u)
		old := all[len(all)-1]
		w.Do(directory.Rotation(made, old, all, &hour)...)
		all = credentials(w, u)
		if len(all) != 2 || all[0].ID != old.ID || all[0].ExpiresAt != hour || all[1].ExpiresAt != 0 {
			t.Errorf("after a rotation: %+v", all)
		}
	}
	all := credentials(w, u)
	later := hour + 1000
	w.Do(directory.Rotation(made, all[0], all, &later)...)
	if all = credentials(w, u); len(all) != 3 || all[0].ExpiresAt != hour {
		t.Errorf("a rotation gives one that ends more time: %+v", all)
	}
	w.Do(directory.Rotation(made, all[1], all, new(directory.Instant(0)))...)
	if all = credentials(w, u); len(all) != 2 || all[0].ExpiresAt != 0 || all[1].ExpiresAt != 0 {
		t.Errorf("one that is to end at once, and one that was to end, are there: %+v", all)
	}
}

func TestOnlyAClientIDAndSecretEnds(t *testing.T) {
	w := coretest.New(t)
	u := w.User("ada")
	w.Do(directory.SetLoginEmail{User: u, Email: "ada@example.com"}, directory.CreateAPICredential{User: u})
	email, key := credentials(w, u)[0].ID, credentials(w, u)[1].ID
	past, later := directory.InstantOf(time.Now()), directory.InstantOf(time.Now().Add(time.Hour))
	w.Refuse(w.Admin(), directory.KindInvalid, directory.UpdateCredential{User: u, Credential: email, ExpiresAt: &later})
	w.Refuse(w.Admin(), directory.KindInvalid, directory.UpdateCredential{User: u, Credential: key, ExpiresAt: &past})
	w.Refuse(w.Admin(), directory.KindInvalid, directory.CreateAPICredential{User: u, ExpiresAt: past})
	w.Do(directory.UpdateCredential{User: u, Credential: key, ExpiresAt: &later})
	w.Do(directory.UpdateCredential{User: u, Credential: key, ExpiresAt: new(directory.Instant(0))})
	if c := credentials(w, u)[1]; c.ExpiresAt != 0 {
		t.Errorf("an end is taken away: %+v", c)
	}
}

// An administrator whose only credential ends is none for good.
func TestTheLastAdministratorsCredentialDoesNotEnd(t *testing.T) {
	w := coretest.New(t)
	key, later := credentials(w, w.Root)[0], directory.InstantOf(time.Now().Add(time.Hour))
	end := directory.UpdateCredential{User: w.Root, Credential: key.ID, ExpiresAt: &later}
	w.Refuse(w.Admin(), directory.KindForbidden, end)
	w.Do(directory.CreateAPICredential{User: w.Root}, end)
	second := credentials(w, w.Root)[1]
	w.Refuse(w.Admin(), directory.KindForbidden, directory.DeleteCredential{User: w.Root, Credential: second.ID})
	w.Do(directory.Rotation(directory.CreateAPICredential{User: w.Root}, second, credentials(w, w.Root), &later)...)
}
