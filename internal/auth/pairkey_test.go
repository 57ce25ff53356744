package auth

import (
	"net/netip"
	"strconv"
	"testing"
)

// Client ids that nobody has share few counts: inventing them does not fill the table.
func TestUnknownClientIDsShareCounts(t *testing.T) {
	const most = 1 << 16
	keys := map[string]bool{}
	for i := range 2 * most {
		keys[pairKey(strconv.Itoa(i), false, netip.Addr{})] = true
	}
	if len(keys) > most || len(keys) < most/2 {
		t.Errorf("%d invented client ids have %d counts, want some %d", 2*most, len(keys), most)
	}
	if a, b := pairKey("1", true, netip.Addr{}), pairKey("2", true, netip.Addr{}); a == b {
		t.Errorf("two client ids that are there share the count %s", a)
	}
}
