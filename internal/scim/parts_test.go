package scim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cohort/internal/scim/resource"
)

// 6.8: the guard decides about all removals of a request with its first change, so
// that a held one is not half done; later changes do not count them again.
func TestTheFirstChangeOfARequestCountsAllRemovals(t *testing.T) {
	var adds, removes []member
	for i := range member(30_000) {
		removes = append(removes, i+2)
	}
	for i := range member(100) {
		adds = append(adds, -i-2) // groups
	}
	parts, err := (&request{server: &server{Config: Config{MembersAtOnce: membersPerChange}}}).memberParts(adds, removes,
		&memberSet{})
	if err != nil {
		t.Fatal(err)
	}
	counted, added, removed := 0, 0, 0
	for i, p := range parts {
		if len(p.adds)+len(p.removes) > membersPerChange || p.later != (i > 0) {
			t.Errorf("part %d has %d members, later %v", i, len(p.adds)+len(p.removes), p.later)
		}
		if !p.later {
			counted += p.counted + len(p.removes)
		}
		added, removed = added+len(p.adds), removed+len(p.removes)
	}
	if counted != 30_000 || removed != 30_000 || added != 100 || len(parts) != 4 {
		t.Errorf("%d counted of %d removed, %d added, in %d parts", counted, removed, added, len(parts))
	}
}

// C47: which bulkIds an operation needs is found out once, whatever it holds: 1,000
// operations that wait for each other in the wrong order, with 20,000 ids in one of
// them, take no time to speak of.
func TestC47BulkIdsAreFoundOnce(t *testing.T) {
	known := map[string]bool{}
	ids := map[string]string{}
	for i := range 1000 {
		known[fmt.Sprint("b", i)], ids[fmt.Sprint("b", i)] = true, fmt.Sprint(i+5)
	}
	var members []any
	for i := range 20_000 {
		members = append(members, resource.NewObject("value", fmt.Sprint(bulkPrefix, "b", i%1000)))
	}
	op := &bulkOp{path: "/Groups/" + bulkPrefix + "b7", data: resource.NewObject("members", members)}
	began := time.Now()
	op.findNeeds(known)
	if len(op.needs) != 1000 || op.waits(ids) {
		t.Errorf("%d needs, waits %v", len(op.needs), op.waits(ids))
	}
	for range 1000 {
		op.waits(ids)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("that took %v", took)
	}
	for in, want := range map[string]string{
		"bulkId:b7": "12", "/Users/bulkId:b7": "/Users/12",
		`members[value eq "bulkId:b7" or value eq "bulkId:b70"]`: `members[value eq "12" or value eq "75"]`,
		"https://x/Users/bulkId:b7/":                             "https://x/Users/12/", "none": "none",
	} {
		if got := resolved(in, ids); got != want {
			t.Errorf("%s is %v, want %s", in, got, want)
		}
	}
}

// C10: an object with very many names is read in the time of its length, and of
// names that come twice the last one counts.
func TestC10ObjectsOfManyNamesAreReadQuickly(t *testing.T) {
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, `"n%d":%d,`, i, i)
	}
	began := time.Now()
	v, err := resource.ParseTree([]byte(`{` + b.String() + `"N7":"seven","n199999":"last"}`))
	if err != nil {
		t.Fatal(err)
	}
	o, ok := v.(*resource.Object)
	if !ok || len(o.Names) != 200_000 || o.Get("n7") != "seven" || o.Get("n199999") != "last" {
		t.Errorf("%d names, n7 is %v, the last is %v", len(o.Names), o.Get("n7"), o.Get("n199999"))
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("that took %v", took)
	}
	if _, err := resource.RawMembers([]byte(`{` + b.String() + `"n":1}`)); err == nil {
		t.Error("a group with 200,000 attributes is read")
	}
}
