package cli

import "testing"

func TestSelectorsCompleteWhatPeopleType(t *testing.T) {
	for _, test := range []struct {
		complete    func(string) string
		typed, want string
	}{
		{UserSelector, "12", "12"},
		{UserSelector, "ada@example.com", "email:ada@example.com"},
		{UserSelector, "Ada Lovelace", "name:Ada Lovelace"},
		{UserSelector, "name:12", "name:12"},
		{UserSelector, "source:erp/a@b", "source:erp/a@b"},
		{GroupSelector, "12", "12"},
		{GroupSelector, "a@b", "name:a@b"},
		{GroupSelector, "email:x", "name:email:x"},
		{RoleSelector, "Admin", "name:Admin"},
		{RoleSelector, "source:x", "name:source:x"},
		{ObjectSelector, "group:EMEA", "group:name:EMEA"},
		{ObjectSelector, "user:ada@example.com", "user:email:ada@example.com"},
		{ObjectSelector, "attribute:region", "attribute:region"},
	} {
		if got := test.complete(test.typed); got != test.want {
			t.Errorf("%q is completed to %q, want %q", test.typed, got, test.want)
		}
	}
}

func TestPathsEscapeSelectors(t *testing.T) {
	if got := APIPath("groups", "name:R&D/EMEA"); got != "/v1/groups/name:R&D%2FEMEA" {
		t.Error(got)
	}
}
