package looker_test

import (
	"fmt"
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite/sqlitetest"
)

// A request reads in one transaction, and a page of a thousand users with one query
// of each table.
func TestARequestReadsInOneTransaction(t *testing.T) {
	s := sqlitetest.Open(t)
	w := newWorldIn(t, s)
	edits := []directory.Edit{
		directory.CreateGroup{ID: 50, Name: "All of them"},
		directory.CreateAttribute{ID: 60, Name: "own", Type: directory.TypeString},
	}
	for i := range 1_200 {
		id := directory.UserID(10_000 + i)
		edits = append(edits,
			directory.CreateUser{ID: id, FirstName: fmt.Sprint("user ", i)}, directory.AddMember{Group: 50, User: id},
			directory.SetUserValue{User: id, Attribute: 60, Value: directory.Value{Text: "own"}},
			directory.SetLoginEmail{User: id, Email: fmt.Sprintf("u%d@example.com", i)})
	}
	w.do(edits...)
	get := func(target string) func() {
		return func() {
			if got := w.send("admin", "GET", target, "", nil); got.status != 200 {
				t.Errorf("%s: %d %s", target, got.status, got.body)
			}
		}
	}
	reads := dialecttest.Reads{Store: s, Idle: get("/user_attributes/60")}
	for _, target := range []string{
		"/user", "/users/10001", "/users/10002/attribute_values", "/users/10003/roles", "/users/10004/credentials_email",
		"/groups", "/groups/50", "/groups/50/users?limit=5", "/groups/search/with_roles", "/groups/search/with_hierarchy",
		"/user_attributes", "/roles", "/roles/2/users", "/users/search?first_name=user%2510", "/users?ids=10005,10006",
	} {
		reads.Once(t, target, get(target))
	}
	reads.Page(t, "a page of users", get("/users?limit=1000&offset=100"))
	reads.Page(t, "a page of members", get("/groups/50/users?limit=1000&offset=100"))
}
