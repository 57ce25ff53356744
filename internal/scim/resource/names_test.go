package resource

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// C10: an object with very many names is read in the time of its length, and of
// names that come twice the last one counts.
func TestC10ObjectsOfManyNamesAreReadQuickly(t *testing.T) {
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, `"n%d":%d,`, i, i)
	}
	began := time.Now()
	v, err := ParseTree([]byte(`{` + b.String() + `"N7":"seven","n199999":"last"}`))
	if err != nil {
		t.Fatal(err)
	}
	o, ok := v.(*Object)
	if !ok || len(o.Names) != 200_000 || o.Get("n7") != "seven" || o.Get("n199999") != "last" {
		t.Errorf("%d names, n7 is %v, the last is %v", len(o.Names), o.Get("n7"), o.Get("n199999"))
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("that took %v", took)
	}
	if _, err := RawMembers([]byte(`{` + b.String() + `"n":1}`)); err == nil {
		t.Error("a group with 200,000 attributes is read")
	}
}
