package core

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

// someUser has n rows of each kind, with texts that are all different.
func someUser(n int) directory.UserRows {
	rows := directory.UserRows{
		User: directory.User{
			ID: 7, Kind: directory.KindPerson, FirstName: "Ada", LastName: "Lovelace", ContactEmail: "ada@example.com",
			Timezone: "Europe/London", Language: "EN", Disabled: true, CreatedAt: 1, DeletedRev: 2,
		},
		TouchedRev: 3,
	}
	for i := range n {
		window := directory.Window{StartsAt: directory.Instant(i + 1), ExpiresAt: directory.Instant(i + 10)}
		rows.Memberships = append(rows.Memberships, directory.Membership{User: 7, Group: directory.GroupID(i + 2),
			Position: int64(i), Window: window})
		v := directory.UserValue{User: 7, Attribute: directory.AttributeID(i + 14), Window: window}
		switch i % 3 {
		case 0:
			v.Value.Text = fmt.Sprint("text ", i)
		case 1:
			v.Value = v.Value.With("DE", fmt.Sprint("Text ", i)).With("EN", fmt.Sprint("text ", i))
		case 2:
			v.Value.Sealed = directory.SealedID(i)
		}
		rows.Values = append(rows.Values, v)
		rows.Roles = append(rows.Roles, directory.RoleID(i+1))
		rows.Credentials = append(rows.Credentials, directory.Credential{
			ID: directory.CredentialID(i), User: 7, Kind: directory.CredentialEmail, Identifier: fmt.Sprint("i", i),
			Shown: fmt.Sprint("s", i),
		})
	}
	return rows
}

func TestAPackedUserIsTheSame(t *testing.T) {
	for n := range 9 {
		want, given := someUser(n), someUser(n)
		if diff := cmp.Diff(want, *Pack(&given, 1).Rows); diff != "" {
			t.Errorf("with %d rows of each kind (-want +got):\n%s", n, diff)
		}
	}
}

// Whoever appends to a list gets a list of its own.
func TestAListOfAPackedUserCannotGrowInPlace(t *testing.T) {
	given := someUser(1)
	rows := Pack(&given, 1).Rows
	_ = append(rows.Memberships, directory.Membership{Group: 9})
	if more := rows.Memberships[:cap(rows.Memberships)]; len(more) != 1 {
		t.Errorf("behind the memberships is room for %+v", more[1:])
	}
}
