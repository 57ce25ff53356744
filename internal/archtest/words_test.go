package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// replaced are names that a term of the field has taken the place of.
func replaced() *regexp.Regexp {
	return regexp.MustCompile(`^((most|longest|loose)[A-Z]\w*|[oO]utline\w*|[kK]ept[A-Z]\w*|lent|lend|recall|shade|settle|era|Era|` +
		`spell|wholefile|house)$`)
}

// Names that were replaced do not come back: a limit is max…, a
// package is named for what it does.
func TestReplacedNamesStayAway(t *testing.T) {
	names := replaced()
	found := map[string]bool{}
	for _, p := range packages(t) {
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && names.MatchString(id.Name) {
					found[p.short()+" "+id.Name] = true
				}
				return true
			})
		}
	}
	for name := range found {
		t.Errorf("%s was replaced by another name; see git log", name)
	}
}
