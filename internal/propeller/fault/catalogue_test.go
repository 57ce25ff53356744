package fault

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestEveryKindOfErrorHasItsPlaceInTheCatalogue(t *testing.T) {
	for _, kind := range directory.Kinds() {
		f := Of(fmt.Errorf("in a request: %w", &directory.Error{Kind: kind, Msg: "m", Field: "f",
			Err: fmt.Errorf("s3cret")}))
		internal := kind == directory.KindInternal
		if (f.Code == Internal) != internal || len(f.Messages) == 0 || strings.Contains(f.Error(), "s3cret") {
			t.Errorf("kind %d: %d %q", kind, f.Code, f.Messages)
		}
		if k := directory.KindOf(f); (k == directory.KindInternal) != internal {
			t.Errorf("kind %d is taken for kind %d by those who do not know faults", kind, k)
		}
	}
}

func TestCodesAreUniqueAndSayTheirStatus(t *testing.T) {
	seen := map[int]bool{}
	for _, p := range catalogue() {
		if seen[p.Code] || p.Name == "" || p.text == "" || p.Help == "" || p.Status < 400 {
			t.Errorf("%+v", p)
		}
		seen[p.Code] = true
		if p.Code > 10400 && p.Code < 11000 && p.Code != 10000+p.Status {
			t.Errorf("%d has status %d", p.Code, p.Status)
		}
	}
}
