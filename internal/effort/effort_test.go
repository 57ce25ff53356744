package effort

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFewCasesUnlessAllAreAskedFor(t *testing.T) {
	for _, test := range []struct {
		all  string
		few  int
		want int
	}{{"", 3, 3}, {"1", 3, 100}} {
		t.Setenv("COHORT_TEST_ALL", test.all)
		n := 0
		Check(t, test.few, func(*rapid.T) { n++ })
		if n != test.want || Of(test.few, 100) != test.want {
			t.Errorf("with %q: %d cases and %d, want %d", test.all, n, Of(test.few, 100), test.want)
		}
	}
}
