package propeller_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

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
