package propeller_test

import (
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/propeller"
)

// requests are those of every route, of a world that has user 4 in usergroup 2,
// with usergroup 3 below it, attribute 14 and an address of each.
func requests() map[string]dialecttest.Probe {
	const group, user = "/usergroups/{lookupKey}/{lookupValue}", "/users/{lookupKey}/{lookupValue}"
	const attribute = "/attributes/{lookupKey}/{lookupValue}"
	list := map[string]dialecttest.Probe{
		"POST /usergroups":            {Method: "POST", Target: "/usergroups", Body: `{"name":"New"}`},
		"GET /usergroups":             {Method: "GET", Target: "/usergroups"},
		"GET " + group:                {Method: "GET", Target: "/usergroups/id/2"},
		"PATCH " + group:              {Method: "PATCH", Target: "/usergroups/id/2", Body: `{"name":"New"}`},
		"DELETE " + group:             {Method: "DELETE", Target: "/usergroups/id/3"},
		"GET " + group + "/children":  {Method: "GET", Target: "/usergroups/id/2/children"},
		"GET " + group + "/users":     {Method: "GET", Target: "/usergroups/id/2/users"},
		"GET " + group + "/effective": {Method: "GET", Target: "/usergroups/id/2/effective"},
		"POST /usergroups/bulk/id": {Method: "POST", Target: "/usergroups/bulk/id",
			Body: `{"usergroups":[{"id":2,"name":"New"}]}`},
		"POST /usergroups/bulk/sourceId": {Method: "POST", Target: "/usergroups/bulk/sourceId",
			Body: `{"usergroups":[{"source":"erp","sourceId":"1","name":"New"}]}`},
		"POST /users":                {Method: "POST", Target: "/users", Body: `{"firstName":"New"}`},
		"GET " + user:                {Method: "GET", Target: "/users/id/4"},
		"PATCH " + user:              {Method: "PATCH", Target: "/users/id/4", Body: `{"firstName":"New"}`},
		"DELETE " + user:             {Method: "DELETE", Target: "/users/id/4"},
		"GET " + user + "/effective": {Method: "GET", Target: "/users/id/4/effective"},
		"POST /users/bulk/id": {Method: "POST", Target: "/users/bulk/id",
			Body: `{"users":[{"id":4,"firstName":"New"}]}`},
		"POST /users/bulk/sourceId": {Method: "POST", Target: "/users/bulk/sourceId",
			Body: `{"users":[{"source":"erp","sourceId":"9","firstName":"New"}]}`},
		"POST /attributes": {Method: "POST", Target: "/attributes",
			Body: `{"class":"user","name":"NEW","type":"text"}`},
		"POST /attributes/search": {Method: "POST", Target: "/attributes/search", Body: `{}`},
		"GET " + attribute:        {Method: "GET", Target: "/attributes/id/14"},
		"PATCH " + attribute:      {Method: "PATCH", Target: "/attributes/id/14", Body: `{"group":"Looks"}`},
		"DELETE " + attribute:     {Method: "DELETE", Target: "/attributes/id/14"},
		"POST /attributes/bulk/id": {Method: "POST", Target: "/attributes/bulk/id",
			Body: `[{"id":14,"group":"Looks"}]`},
		"POST /attributes/bulk/name": {Method: "POST", Target: "/attributes/bulk/name",
			Body: `[{"name":"LIMIT","class":"user","group":"Looks"}]`},
	}
	for pattern, path := range map[string]string{group: "/usergroups/id/2", user: "/users/id/4"} {
		const address = `{"type":"invoice","street":"Neude","city":"Utrecht","country":"NL"}`
		for route, p := range map[string]dialecttest.Probe{
			"GET " + pattern + "/addresses":  {Method: "GET", Target: "/addresses"},
			"POST " + pattern + "/addresses": {Method: "POST", Target: "/addresses", Body: address},
			"POST " + pattern + "/addresses/bulk": {Method: "POST", Target: "/addresses/bulk", Body: `{"addresses":[` +
				address + `]}`},
			"GET " + pattern + "/addresses/{addressId}":    {Method: "GET", Target: "/addresses/1"},
			"PATCH " + pattern + "/addresses/{addressId}":  {Method: "PATCH", Target: "/addresses/1", Body: `{"city":"Gouda"}`},
			"DELETE " + pattern + "/addresses/{addressId}": {Method: "DELETE", Target: "/addresses/1"},
			"GET " + pattern + "/pricing":                  {Method: "GET", Target: "/pricing"},
			"POST " + pattern + "/pricing": {Method: "POST", Target: "/pricing",
				Body: `{"products":[{"id":1,"pricing":{"type":"SP","amount":1}}]}`},
			"GET " + pattern + "/attributes": {Method: "GET", Target: "/attributes"},
			"POST " + pattern + "/attributes": {Method: "POST", Target: "/attributes",
				Body: `[{"name":"LIMIT","type":"integer","value":25}]`},
		} {
			p.Target = path + p.Target
			list[route] = p
		}
	}
	return list
}

func TestEveryRouteAnswersEveryCallerAsTheMatrixSays(t *testing.T) {
	m := dialecttest.RouteMatrix{
		File: "testdata/matrix.txt", Update: *update, Routes: propeller.Routes(),
		Callers: []string{"admin", "manager", "ordinary", "expired", "none"}, Refused: []string{"expired", "none"},
		Probes: requests(),
		World: func(t *testing.T) func(string, dialecttest.Probe) int {
			w := newWorld(t)
			w.do(
				directory.CreateUser{FirstName: "Eve"}, directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{Name: "Berlin"},
				directory.AddParent{Group: 3, Parent: 2}, directory.AddMember{Group: 2, User: 4},
				directory.CreateAttribute{Name: "limit", Type: directory.TypeInteger},
				directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "1"}},
			)
			for _, of := range []string{"/usergroups/id/2", "/users/id/4"} {
				w.must("POST", of+"/addresses", `{"type":"delivery","street":"Dam","city":"Amsterdam","country":"NL"}`)
			}
			return func(caller string, p dialecttest.Probe) int {
				return w.send(caller, p.Method, p.Target, p.Body, nil).status
			}
		},
	}
	m.Check(t)
}
