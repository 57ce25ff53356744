package propeller_test

import (
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite/sqlitetest"
)

// Every reading route takes one transaction at most.
func TestARequestReadsInOneTransaction(t *testing.T) {
	s := sqlitetest.Open(t)
	w := newWorldOn(t, s)
	w.do(
		directory.CreateUser{FirstName: "Eve"}, directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{Name: "Berlin"},
		directory.AddParent{Group: 3, Parent: 2}, directory.AddMember{Group: 2, User: 4},
	)
	get := func(target string) func() {
		return func() {
			if got := w.send("admin", "GET", target, "", nil); got.status >= 500 {
				t.Errorf("%s: %d", target, got.status)
			}
		}
	}
	reads := dialecttest.Reads{Store: s, Idle: get("/attributes/name/NOTHING")}
	for route, p := range requests() {
		if p.Method == "GET" {
			reads.Once(t, route, get(p.Target))
		}
	}
}
