package scim_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/scim"
	"cohort/internal/scim/protocol"
)

// requests are those of every route, of a world that has the user 9 in the group
// g2. Search, filter and bulk are routes of their own kind of write and read.
func requests() map[string]dialecttest.Probe {
	const bulk = `{"Operations":[{"method":"DELETE","path":"/Users/9"}]}`
	list := map[string]dialecttest.Probe{}
	for route, p := range map[string]dialecttest.Probe{
		"GET /ServiceProviderConfig": {}, "GET /ResourceTypes": {},
		"GET /ResourceTypes/{id}": {Target: "/ResourceTypes/User"},
		"GET /Schemas":            {}, "GET /Schemas/{id}": {Target: "/Schemas/" + enterprise},
		"GET /Users": {}, "POST /Users": {Body: `{"userName":"new@x.org"}`}, "POST /Users/.search": {Body: `{}`},
		"GET /Users/{id}":    {Target: "/Users/9"},
		"PUT /Users/{id}":    {Target: "/Users/9", Body: `{"userName":"ada@x.org","title":"T"}`},
		"PATCH /Users/{id}":  {Target: "/Users/9", Body: patch(`{"op":"replace","path":"title","value":"T"}`)},
		"DELETE /Users/{id}": {Target: "/Users/9"},
		"GET /Groups":        {}, "POST /Groups": {Body: `{"displayName":"new"}`}, "POST /Groups/.search": {Body: `{}`},
		"GET /Groups/{id}": {Target: "/Groups/g2"}, "PUT /Groups/{id}": {Target: "/Groups/g2", Body: `{"displayName":"H"}`},
		"PATCH /Groups/{id}":  {Target: "/Groups/g2", Body: patch(`{"op":"remove","path":"members[value eq \"9\"]"}`)},
		"DELETE /Groups/{id}": {Target: "/Groups/g2"},
		"POST /Bulk":          {Body: bulk},
	} {
		method, path, _ := strings.Cut(route, " ")
		if p.Target == "" {
			p.Target = path
		}
		p.Method = method
		list[method+" "+protocol.Root+path] = p
	}
	return list
}

// TestEveryRouteAnswersEveryCallerAsTheMatrixSays: support may read only, powerless
// has lost its role, expired, disabled and foreign have no good token. The last is
// one of another door.
func TestEveryRouteAnswersEveryCallerAsTheMatrixSays(t *testing.T) {
	m := dialecttest.RouteMatrix{
		File: "testdata/matrix.txt", Update: *update, Routes: slices.DeleteFunc(scim.Routes(), unlisted), Probes: requests(),
		Callers: []string{"generic", "reader", "powerless", "expired", "disabled", "foreign", "none"},
		Refused: []string{"expired", "disabled", "foreign"},
		World: func(t *testing.T) func(string, dialecttest.Probe) int {
			w := matrixWorld(t)
			return func(caller string, p dialecttest.Probe) int {
				if caller == "foreign" {
					return w.send("none", p.Method, p.Target, p.Body, http.Header{"Authorization": {"Bearer " + w.session}}).status
				}
				return bulkStatus(w.send(caller, p.Method, p.Target, p.Body, nil))
			}
		},
	}
	m.Check(t)
}

// bulkStatus is the status of a reply, or that of the one operation in it.
func bulkStatus(got reply) int {
	var status int
	if n, err := fmt.Sscan(got.get("Operations|0|status"), &status); n == 1 && err == nil {
		return status
	}
	return got.status
}

// matrixWorld has the clients of the matrix, as users 5 to 8, the user 9 in the
// group g2, and a token of another door.
func matrixWorld(t *testing.T) *world {
	w := newWorld(t)
	for _, name := range []string{"reader", "powerless", "expired", "disabled"} {
		in := directory.NewSCIMClient{Name: name, Profile: "generic"}
		if name == "expired" {
			in.ValidFor = 1
		}
		made, err := w.clients.Create(t.Context(), w.admin(), in)
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[name] = made
	}
	set := directory.Made[directory.PermissionSetID](0)
	w.do(
		directory.CreatePermissionSet{Name: "Readers", Permissions: []string{"see_users"}},
		directory.CreateRole{Name: "Readers", PermissionSet: set, ModelSet: directory.AllModels},
		directory.SetUserRoles{User: w.tokens["reader"].User, Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.SetUserRoles{User: w.tokens["powerless"].User},
		directory.UpdateUser{User: w.tokens["disabled"].User, Disabled: new(true)},
	)
	w.pass(time.Second)
	id := w.user("generic", "ada@x.org")
	if g := w.group("generic", "G", id); id != "9" || g != "g2" {
		t.Fatalf("user %s, group %s", id, g)
	}
	session, err := w.sessions.Login(t.Context(), "admin-client", strings.Repeat("admin", 5), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	w.session = session.Text
	return w
}
