package groups

import (
	"testing"

	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// 6.8: the guard decides about all removals of a request with its first change, so
// that a held one is not half done; later changes do not count them again.
func TestTheFirstChangeOfARequestCountsAllRemovals(t *testing.T) {
	var adds, removes []resource.Member
	for i := range resource.Member(30_000) {
		removes = append(removes, i+2)
	}
	for i := range resource.Member(100) {
		adds = append(adds, -i-2) // groups
	}
	q := &protocol.Request{Server: &protocol.Server{Config: protocol.Config{MembersAtOnce: MembersPerChange}}}
	parts, err := memberParts(q, adds, removes, &memberSet{})
	if err != nil {
		t.Fatal(err)
	}
	counted, added, removed := 0, 0, 0
	for i, p := range parts {
		if len(p.adds)+len(p.removes) > MembersPerChange || p.later != (i > 0) {
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
