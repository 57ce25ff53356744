package propeller

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestEveryKindOfErrorHasItsPlaceInTheCatalogue(t *testing.T) {
	for _, kind := range directory.Kinds() {
		f := faultOf(fmt.Errorf("in a request: %w", &directory.Error{Kind: kind, Msg: "m", Field: "f",
			Err: fmt.Errorf("s3cret")}))
		internal := kind == directory.KindInternal
		if (f.code == codeInternal) != internal || len(f.messages) == 0 || strings.Contains(f.Error(), "s3cret") {
			t.Errorf("kind %d: %d %q", kind, f.code, f.messages)
		}
		if k := directory.KindOf(f); (k == directory.KindInternal) != internal {
			t.Errorf("kind %d is taken for kind %d by those who do not know faults", kind, k)
		}
	}
}

func TestCodesAreUniqueAndSayTheirStatus(t *testing.T) {
	seen := map[int]bool{}
	for _, p := range catalogue() {
		if seen[p.code] || p.name == "" || p.text == "" || p.help == "" || p.status < 400 {
			t.Errorf("%+v", p)
		}
		seen[p.code] = true
		if p.code > 10400 && p.code < 11000 && p.code != 10000+p.status {
			t.Errorf("%d has status %d", p.code, p.status)
		}
	}
}

// Every decision that the README lists is pinned by a file that there is.
func TestTheDecisionsArePinned(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, decisions, _ := strings.Cut(string(text), "| Question | Answer | Golden |\n|---|---|---|\n")
	decisions, _, _ = strings.Cut(decisions, "\n\n")
	rows := strings.Split(decisions, "\n")
	if len(rows) < 40 {
		t.Fatalf("only %d decisions", len(rows))
	}
	for _, row := range rows {
		cells := strings.Split(row, " | ")
		last := strings.TrimSuffix(cells[len(cells)-1], " |")
		for name := range strings.SplitSeq(last, ", ") {
			path := "testdata/golden/" + name + ".txt"
			if m := regexp.MustCompile(`^\((\w+\.go)\)$`).FindStringSubmatch(name); m != nil {
				path = m[1]
			}
			if _, err := os.Stat(path); err != nil && name != "all" {
				t.Errorf("%s: %v", cells[0], err)
			}
		}
	}
}
