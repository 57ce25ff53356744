package foreign_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/foreign"
)

func none(string) (directory.Type, bool) { return "", false }

// shown is a state in lines.
func shown(t *testing.T, m *foreign.Import) []string {
	t.Helper()
	p := desired.Make(m.State, &desired.Live{
		Groups: []desired.LiveGroup{{ID: 1, Name: "All Users"}},
	}, desired.Options{})
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, i := range p.Items() {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", i.Kind, m.NameOf(i.Kind, i.Key), i.Field, i.After)))
	}
	return list
}

func missed(m *foreign.Import) string { return fmt.Sprint(m.Missed) }

const realm = `{"realm": "acme", "groups": [
  {"id": "g1", "name": "EMEA", "path": "/EMEA", "attributes": {"region": ["emea"], "Cost-Centre": ["1", "2"]}, "realmRoles": ["viewer"],
   "subGroups": [{"id": "g2", "name": "Berlin", "path": "/EMEA/Berlin", "attributes": {"region": ["berlin"]}, "subGroups": []}]}],
 "users": [
  {"id": "u1", "username": "ada", "email": "ada@example.com", "firstName": "Ada", "lastName": "L", "enabled": true,
   "groups": ["/EMEA/Berlin"], "attributes": {"Cost-Centre": ["7"]}, "credentials": [{"type": "password"}]},
  {"id": "u2", "username": "bob", "enabled": false, "groups": ["/Gone"]},
  {"id": "u3", "username": "service-account-x", "serviceAccountClientId": "x"}],
 "clients": [{"clientId": "x"}], "roles": {}}`

func TestARealmOfKeycloakIsRead(t *testing.T) {
	m, err := foreign.Keycloak([]byte(realm), foreign.Options{Source: "keycloak", TypeOf: none})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"attribute cost_centre", "attribute region", "group /EMEA", "group /EMEA/Berlin",
		"group /EMEA/Berlin parents source:keycloak/g1",
		"group /EMEA values.cost_centre 1,2", "group /EMEA values.region emea", "group /EMEA/Berlin values.region berlin",
		"user ada@example.com", "user ada@example.com groups source:keycloak/g2", "user ada@example.com values.cost_centre 7",
		"user bob",
	}
	if got := shown(t, m); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if a := m.State.Attributes; *a[0].Type != "list" || *a[1].Type != "string" || *a[1].Rule != "nearest" {
		t.Errorf("attributes: %+v", a)
	}
	if !*m.State.Users[1].Disabled || *m.State.Users[0].Disabled {
		t.Error("whether users are disabled is not what the realm says")
	}
	for _, want := range []string{"{user bob is in the group /Gone", "{realm clients", "{credentials 1 times",
		"{roles 1 times", "{service account 1 times", "{username 2 times"} {
		if !strings.Contains(missed(m), want) {
			t.Errorf("%q is not said: %s", want, missed(m))
		}
	}
	for _, bad := range []string{"", "[]", "{}", "a,b"} {
		if _, err := foreign.Keycloak([]byte(bad), foreign.Options{TypeOf: none}); err == nil {
			t.Errorf("%q is taken for a realm", bad)
		}
	}
}

const entries = `version: 1
# people
dn: uid=ada,ou=People,dc=example,dc=com
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
sn: Lovelace
givenName:: QWTDoQ==
mail: ada@example.com
mail: countess@example.com
departmentNumber: 12
userPassword: {SSHA}x
jobTitle: first

dn: cn=Staff,ou=Groups,dc=example,dc=com
objectClass: groupOfNames
cn: Staff
member: UID=ada, ou=People,
 dc=example,dc=com
member: cn=Gone,dc=example,dc=com
entryUUID: 1-2-3

dn: cn=All,ou=Groups,dc=example,dc=com
objectClass: groupOfUniqueNames
cn: All
uniqueMember: cn=staff,ou=groups,dc=example,dc=com

dn: ou=People,dc=example,dc=com
objectClass: organizationalUnit
`

func TestLDIFIsRead(t *testing.T) {
	for _, text := range []string{entries, strings.ReplaceAll(entries, "\n", "\r\n")} {
		m, err := foreign.LDIF([]byte(text), foreign.Options{Source: "ldap", Values: []string{"departmentNumber"},
			TypeOf: none})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"attribute departmentnumber", "group Staff", "group All",
			"group Staff parents source:ldap/cn=All,ou=Groups,dc=example,dc=com",
			"user ada@example.com", "user ada@example.com groups source:ldap/1-2-3",
			"user ada@example.com values.departmentnumber 12",
		}
		if got := shown(t, m); !slices.Equal(got, want) {
			t.Errorf("%q\nwant %q", got, want)
		}
		if u := m.State.Users[0]; *u.FirstName != "Ad\u00e1" || *u.LastName != "Lovelace" || *u.Email != "ada@example.com" {
			t.Errorf("%+v", u)
		}
		for _, want := range []string{"{attribute jobtitle 1 times becomes a value with --values jobtitle}",
			"{entry of organizationalUnit", "{mail 1", "{member 1", "{userPassword 1"} {
			if !strings.Contains(missed(m), want) {
				t.Errorf("%q is not said: %s", want, missed(m))
			}
		}
	}
	for text, want := range map[string]string{
		"": "has no entry", "cn: x\n": "must begin with dn", "dn: x\nchangetype: delete\n": "what changes",
		"dn: x\njpegPhoto:< file:///etc/passwd\n": "is read from elsewhere",
		"dn: x\ncn:: ###\n":                       "is no base64", "dn: x\nnonsense\n": "has no colon",
	} {
		if _, err := foreign.LDIF([]byte(text), foreign.Options{TypeOf: none}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}
