package looker_test

import (
	"net/netip"
	"strings"
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/looker"
)

// withPermissions makes a caller who has permissions and nothing else.
func (w *world) withPermissions(name string, permissions ...string) {
	w.t.Helper()
	done := w.do(
		directory.CreatePermissionSet{Name: name, Permissions: permissions},
		directory.CreateRole{Name: name, PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateUser{FirstName: name},
		directory.SetUserRoles{User: directory.Made[directory.UserID](2),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.CreateAPICredential{User: directory.Made[directory.UserID](2), ClientID: name + "-client",
			Secret: strings.Repeat("secret", 5)},
	)
	if len(done.Results) != 5 {
		w.t.Fatalf("%d results", len(done.Results))
	}
	token, err := w.sessions.Login(w.t.Context(), name+"-client", strings.Repeat("secret", 5), netip.Addr{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[name] = token.Text
}

// TestWhatIsRefusedIsNotWritten sends every write as a caller with each single
// permission: what is answered with an error has changed nothing, also where
// the caller may write something and not see it.
func TestWhatIsRefusedIsNotWritten(t *testing.T) {
	operations, _ := looker.Operations()
	table := probes()
	for _, permission := range directory.AllPermissions.Names() {
		t.Run(permission, func(t *testing.T) {
			allowed := 0
			worlds := dialecttest.Supply[*world]{Make: func() *world {
				w := newFurnishedWorld(t)
				w.withPermissions("single", permission)
				return w
			}}
			for _, op := range operations {
				method, _, _ := strings.Cut(op[1], " ")
				if method == "GET" {
					continue
				}
				w := worlds.World()
				p := table[op[0]]
				before := w.revision()
				got := w.send("single", method, w.named(p.target), p.body, nil)
				worlds.Used(method, got.status)
				if got.status >= 400 && w.revision() != before {
					t.Errorf("%s is answered with %d, and has written: %s", op[0], got.status, got.body)
				}
				if got.status/100 == 2 {
					allowed++
				}
			}
			if permission == directory.Administer.String() && allowed < 40 {
				t.Errorf("only %d writes are allowed", allowed)
			}
		})
	}
}
