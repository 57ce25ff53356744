package native_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite/sqlitetest"
)

// Every reading route takes one transaction at most, and a page of a thousand
// users one query of each table.
func TestARequestReadsInOneTransaction(t *testing.T) {
	s := sqlitetest.Open(t)
	w := newWorldIn(t, s)
	var edits []directory.Edit
	for i := range 1_200 {
		id := directory.UserID(10_000 + i)
		edits = append(edits,
			directory.CreateUser{ID: id, FirstName: fmt.Sprint("user ", i)}, directory.AddMember{Group: 3, User: id},
			directory.SetUserValue{User: id, Attribute: 14, Value: directory.Value{Text: "own"}},
			directory.SetSource{Object: id.Object(), Source: "erp", SourceID: fmt.Sprint("u", i)})
	}
	w.do(edits...)
	get := func(target string) func() {
		return func() {
			if got := w.send("admin", "GET", target, "", nil); got.status >= 500 {
				t.Errorf("%s: %d %s", target, got.status, got.body)
			}
		}
	}
	reads := dialecttest.Reads{Store: s, Idle: get("/v1/attributes/region")}
	for route, p := range nativeProbes() {
		if p.Method == "GET" && !strings.Contains(route, "stream") && !strings.Contains(route, "/v1/imports") {
			reads.Once(t, route, get(p.Target))
		}
	}
	reads.Page(t, "a page of users", get("/v1/users?limit=1000&first_name=user%25"))
	reads.Page(t, "a page of members", get("/v1/groups/3/members?limit=1000"))
}
