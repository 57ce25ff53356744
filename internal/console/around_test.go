package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoPageGoesAroundTheProof looks for commits that bypass the directory that asks for
// proof.
func TestNoPageGoesAroundTheProof(t *testing.T) {
	files, err := filepath.Glob("*/*.go")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "_test.go") || f == "pagekit/proof.go" {
			continue
		}
		for _, way := range []string{"Call.Commit", "CommitEach(", ".Dir.Commit"} {
			if strings.Contains(string(b), way) {
				t.Errorf("%s commits by %s, which asks nobody for proof; use q.Live.Commit", f, way)
			}
		}
	}
}
