package archtest

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// The places that CONTRIBUTING.md sends people to are there: a name in backquotes
// that holds a slash is a path from the top, or below internal.
func TestRecipesNamePlacesThatAreThere(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, recipes, ok := strings.Cut(string(b), "## Recipes")
	if !ok {
		t.Fatal("CONTRIBUTING.md has no recipes")
	}
	found := 0
	for _, m := range regexp.MustCompile("`([a-z_]+/[A-Za-z_/.]+)`").FindAllStringSubmatch(recipes, -1) {
		path := m[1]
		if strings.HasPrefix(path, "changelog/unreleased/") {
			continue
		}
		found++
		_, atTop := os.Stat(filepath.Join(root, path))
		_, below := os.Stat(filepath.Join(root, "internal", path))
		_, inStore := os.Stat(filepath.Join(root, "internal/store", path))
		if atTop != nil && below != nil && inStore != nil {
			t.Errorf("CONTRIBUTING.md names %s, which is not there", path)
		}
	}
	if found < 10 {
		t.Errorf("%d paths were found; the test reads the recipes wrongly", found)
	}
}

// A rule is one entry, RuleSpec: nothing else tells rules apart.
func TestARuleIsOneEntry(t *testing.T) {
	names := regexp.MustCompile(`\bRule(Rank|Nearest|Union|Min|Max|Any|All)\b`)
	may := []string{
		"internal/directory/rule.go",
		"internal/plan/attribute.go",           // the rule of an attribute that names none
		"internal/plan/init.go",                // the built-in attributes
		"internal/native/effective.go",         // stands in for an attribute that is gone
		"internal/propeller/attribute_edit.go", // the rule of that format
		"internal/foreign/import.go",           // the rule of attributes that come with a file
	}
	for _, p := range packages(t) {
		if slices.Contains(testHelpers(), p.short()) || slices.Contains(testOnly(), p.ImportPath) {
			continue
		}
		for _, file := range p.GoFiles {
			path := p.short() + "/" + file
			b, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if name := names.Find(b); name != nil && !slices.Contains(may, path) &&
				!strings.HasPrefix(path, "internal/archtest/") {
				t.Errorf("%s looks at %s; ask its Spec", path, name)
			}
		}
	}
	guide, err := os.ReadFile(filepath.Join(root, "docs/guides/resolution.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range directory.Rules() {
		spec := r.Spec()
		if spec.Says == "" || spec.Short == "" || spec.Extreme != directory.NoExtreme && spec.Beats == "" {
			t.Errorf("the rule %s lacks words", r)
		}
		if !strings.Contains(string(guide), "`"+string(r)+"`") {
			t.Errorf("docs/guides/resolution.md does not have the rule %s", r)
		}
	}
}

// An edit is one descriptor: below the dialects nothing else tells edits apart.
func TestAnEditIsOneDescriptor(t *testing.T) {
	names := make([]string, 0, len(directory.Edits()))
	for _, e := range directory.Edits() {
		names = append(names, reflect.TypeOf(e).Name())
	}
	tells := regexp.MustCompile(`(?m)^\s*case directory\.(` + strings.Join(names, "|") + `)\b`)
	looked := 0
	for _, p := range packages(t) {
		below := []string{"plan", "outcome", "working", "core", "record", "impact", "history", "view", "state", "replica",
			"importer", "inspect", "store/sqlstore"}
		if !slices.Contains(below, strings.TrimPrefix(p.short(), "internal/")) {
			continue
		}
		looked++
		for _, file := range p.GoFiles {
			b, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if found := tells.FindSubmatch(b); found != nil {
				t.Errorf("%s/%s tells %s from other edits; make it a part of the descriptors in internal/plan", p.short(), file,
					found[1])
			}
		}
	}
	if looked < 13 {
		t.Errorf("%d packages were looked at", looked)
	}
}

// Every grant of the import rules is in use: an unused one would let an import
// come back unseen.
func TestRulesGrantNothingThatIsNotUsed(t *testing.T) {
	imports := map[string][]string{}
	for _, p := range packages(t) {
		imports[p.short()] = p.Imports
	}
	for name, may := range allowed() {
		used, there := imports[name]
		if !there {
			t.Errorf("the rules have the package %s, which is not there", name)
			continue
		}
		for _, ours := range may {
			if !slices.Contains(used, "cohort/"+ours) {
				t.Errorf("%s may import %s, and does not", name, ours)
			}
		}
	}
	for what, where := range onlyIn() {
		for _, name := range where {
			if !slices.ContainsFunc(imports[name], func(path string) bool { return covers(what, path) }) {
				t.Errorf("%s may import %s, and does not", name, what)
			}
		}
	}
}
