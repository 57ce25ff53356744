package propeller_test

import (
	"net/netip"
	"strings"
	"testing"

	"cohort/internal/auth"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
)

// withPermission makes a caller who has one permission and nothing else.
func (w *world) withPermission(permission string) {
	w.t.Helper()
	secret := strings.Repeat("secret", 5)
	w.do(
		directory.CreatePermissionSet{Name: permission, Permissions: []string{permission}},
		directory.CreateRole{Name: permission, PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateUser{FirstName: permission},
		directory.SetUserRoles{User: directory.Made[directory.UserID](2),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.CreateAPICredential{User: directory.Made[directory.UserID](2), ClientID: "single-client", Secret: secret},
	)
	token, err := auth.New(w.store, auth.Config{Now: at}).Login(w.t.Context(), "single-client", secret, netip.Addr{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens["single"] = token.Text
}

// TestWhatIsRefusedIsNotWritten sends writes as a caller with each single
// permission: what is answered with an error has changed nothing, also where
// the caller may write something and not see it.
func TestWhatIsRefusedIsNotWritten(t *testing.T) {
	writes := [][3]string{
		{"POST", "/usergroups", `{"name":"New"}`},
		{"PATCH", "/usergroups/id/2", `{"name":"New","parent":{"id":3}}`},
		{"PATCH", "/usergroups/id/2", `{"userBudget":5}`},
		{"DELETE", "/usergroups/id/2", ``},
		{"POST", "/usergroups/id/2/attributes", `[{"name":"REGION","type":"enum","value":"x"}]`},
		{"POST", "/usergroups/id/2/addresses",
			`{"type":"invoice","street":"Neude","city":"Utrecht","country":"NL","isDefault":"N"}`},
		{"POST", "/users", `{"firstName":"New","lastName":"User","email":"new@example.com"}`},
		{"PATCH", "/users/id/3", `{"firstName":"New"}`},
		{"PATCH", "/users/id/3", `{"usergroup":{"id":2}}`},
		{"DELETE", "/users/id/3", ``},
		{"POST", "/users/id/3/attributes", `[{"name":"REGION","type":"enum","value":"x"}]`},
		{"POST", "/users/id/3/addresses",
			`{"type":"invoice","street":"Neude","city":"Utrecht","country":"NL","isDefault":"N"}`},
		{"POST", "/attributes", `{"class":"user","name":"NEW","type":"integer","value":25}`},
		{"PATCH", "/attributes/name/REGION", `{"group":"g"}`},
		{"DELETE", "/attributes/name/REGION", ``},
	}
	allowed := map[string]int{}
	for _, permission := range directory.AllPermissions.Names() {
		worlds := dialecttest.Supply[*world]{Make: func() *world {
			w := newWorld(t)
			w.do(
				directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{Name: "World"},
				directory.CreateAttribute{Name: "region", Type: directory.TypeEnum, Rule: directory.RuleNearest},
			)
			w.withPermission(permission)
			return w
		}}
		for _, write := range writes {
			w := worlds.World()
			before := w.revision()
			got := w.send("single", write[0], write[1], write[2], nil)
			worlds.Used(write[0], got.status)
			if got.status >= 400 && w.revision() != before {
				t.Errorf("with %s, %s %s %s is answered with %d, and has written: %s", permission, write[0], write[1], write[2],
					got.status, got.body)
			}
			if got.status/100 == 2 && w.revision() != before {
				allowed[write[0]+" "+write[1]]++
			}
		}
	}
	for _, write := range writes {
		if allowed[write[0]+" "+write[1]] == 0 {
			t.Errorf("nobody may %s %s", write[0], write[1])
		}
	}
}
