package scim

import (
	"fmt"
	"testing"
	"time"

	"cohort/internal/scim/resource"
)

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
