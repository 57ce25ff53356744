package archtest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "add new migrations to testdata/migrations.sum; frozen ones stay as they are")

const migrationSums = "testdata/migrations.sum"

// A migration that has been committed has run somewhere: a changed one would
// leave two schemas under one number.
func TestMigrationsNeverChange(t *testing.T) {
	frozen := readSums(t)
	current := map[string]string{}
	paths, err := filepath.Glob(root + "/internal/store/*/migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		current[filepath.ToSlash(strings.TrimPrefix(path, root+"/"))] = hex.EncodeToString(sum[:])
	}
	for path, sum := range frozen {
		switch current[path] {
		case sum:
		case "":
			t.Errorf("%s is gone; a migration stays for ever", path)
		default:
			t.Errorf("%s has changed; write a new migration instead", path)
		}
	}
	for path, sum := range current {
		if _, ok := frozen[path]; ok {
			continue
		}
		if !*update {
			t.Errorf("%s is not frozen; run go test ./internal/archtest -update", path)
		}
		frozen[path] = sum
	}
	if *update {
		writeSums(t, frozen)
	}
}

func readSums(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(migrationSums)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(b)) {
		sum, path, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%s: cannot read %q", migrationSums, line)
		}
		sums[path] = sum
	}
	return sums
}

func writeSums(t *testing.T, sums map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&b, "%s  %s\n", sums[path], path)
	}
	if err := os.WriteFile(migrationSums, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A goMod is what `go mod edit -json` says.
type goMod struct {
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
}

func readGoMod(t *testing.T, path string) goMod {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", path).Output()
	if err != nil {
		t.Fatalf("go mod edit -json %s: %v", path, err)
	}
	var m goMod
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// version is what a module is required at, or replaced by.
func (m goMod) version(path string) string {
	for _, r := range m.Replace {
		if r.Old.Path == path {
			return r.New.Version
		}
	}
	for _, r := range m.Require {
		if r.Path == path {
			return r.Version
		}
	}
	return ""
}

// SQLite is C turned into Go, and is tested by its authors on one libc: the
// one that its own go.mod names.
func TestSQLiteRunsOnTheLibcItWasTestedWith(t *testing.T) {
	ours := readGoMod(t, root+"/go.mod")
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json",
		"modernc.org/sqlite@"+ours.version("modernc.org/sqlite"))
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	var module struct{ GoMod string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	want := readGoMod(t, module.GoMod).version("modernc.org/libc")
	if got := ours.version("modernc.org/libc"); got != want || want == "" {
		t.Errorf("go.mod gives libc %s, SQLite asks for %s", got, want)
	}
}

// Every library that we import is a decision with a reason.
func TestLibrariesAreDecided(t *testing.T) {
	ours := readGoMod(t, root+"/go.mod")
	direct := map[string]string{}
	for _, r := range ours.Require {
		if !r.Indirect {
			direct[r.Path] = r.Version
		}
	}
	if diff := cmp.Diff(direct, decidedLibraries(t)); diff != "" {
		t.Errorf("what go.mod requires (-) and what docs/adr/0001-libraries.md decides (+) differ:\n%s", diff)
	}
	for _, p := range packages(t) {
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			for _, r := range ours.Require {
				if r.Indirect && covers(r.Path+"/", path+"/") {
					t.Errorf("%s imports %s, which go.mod calls indirect", p.short(), path)
				}
			}
		}
	}
}

func decidedLibraries(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(root + "/docs/adr/0001-libraries.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| `([^`]+)` \\| (v\\S+) \\| \\S.* \\|$")
	decided := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if m := row.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			decided[m[1]] = m[2]
		}
	}
	return decided
}

// An entry is a first line that says what changed for whoever runs or calls
// Cohort, and then, if needed, paragraphs: the problem in the past tense, the
// new behaviour in the present.
func TestChangelogEntriesHaveTheirForm(t *testing.T) {
	first := regexp.MustCompile("^(Added|Changed|Fixed|Removed|Security): [A-Z`].*[^.]$")
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*\.md$`)
	entries, err := os.ReadDir(root + "/changelog/unreleased")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !name.MatchString(e.Name()) {
			t.Errorf("changelog/unreleased/%s: want a name of small letters, digits and hyphens that ends in .md", e.Name())
		}
		f, err := os.Open(filepath.Join(root, "changelog/unreleased", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Scan()
		if !first.MatchString(lines.Text()) || len(lines.Text()) > 100 {
			t.Errorf("changelog/unreleased/%s begins %q; want “Added: What is new”, without a full stop, in at most 100 bytes "+
				"(or Changed, Fixed, Removed, Security)", e.Name(), lines.Text())
		}
		if lines.Scan() && lines.Text() != "" {
			t.Errorf("changelog/unreleased/%s: the second line must be empty", e.Name())
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDecisionsHaveTheirForm(t *testing.T) {
	paths, err := filepath.Glob(root + "/docs/adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)
	for i, path := range paths {
		m := name.FindStringSubmatch(filepath.Base(path))
		if m == nil || m[1] != fmt.Sprintf("%04d", i+1) {
			t.Errorf("%s: want %04d-some-words.md; decisions are numbered without gaps", path, i+1)
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"# " + m[1] + ": ", "## Context", "## Decision", "## Consequences",
			"## What would change our mind"} {
			if !strings.HasPrefix(string(b), want) && !strings.Contains(string(b), "\n"+want+"\n") {
				t.Errorf("%s has no %q", path, want)
			}
		}
	}
}
