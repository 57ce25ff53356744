// Package effort says how much tests try that can try without end. By default a
// test tries what fits into a run of all tests before each push; with
// COHORT_TEST_ALL set, which make test-all does, it tries everything.
package effort

import (
	"flag"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// All reports whether tests may take minutes.
func All() bool { return os.Getenv("COHORT_TEST_ALL") != "" }

// Of is how many of all a test tries.
func Of(few, all int) int {
	if All() {
		return all
	}
	return few
}

// Check is rapid.Check with few cases, or with all of them where COHORT_TEST_ALL or
// the flag -rapid.checks asks for that. Properties use it whose cases take
// milliseconds, as those do that open a store.
func Check(t *testing.T, few int, property func(rt *rapid.T)) {
	t.Helper()
	passed := 0
	asked := flag.Lookup("rapid.checks")
	all := All() || asked.Value.String() != asked.DefValue
	rapid.Check(t, func(rt *rapid.T) {
		if passed < few || all {
			property(rt)
			passed++
		}
	})
}
