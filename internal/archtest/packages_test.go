package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// root is the top of the checkout, seen from this package.
const root = "../.."

// A pkg is what `go list` says about a package of ours.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	Doc          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// short is the package's path without the module's.
func (p pkg) short() string { return strings.TrimPrefix(p.ImportPath, "cohort/") }

// packages lists every package of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	touch(t)
	list, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// listed asks the go command, once.
var listed = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &stderr)
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
})

// touch opens every folder and Go file, so that `go test`, which cannot see
// what `go list` reads, does not answer from its cache when one has changed.
func touch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".go":
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	rules := allowed()
	for _, p := range packages(t) {
		may, listed := rules[p.short()]
		if !listed {
			t.Errorf("package %s is not in the rules; add it to allowed, in rules_test.go, with what it may import", p.short())
			continue
		}
		for _, path := range p.Imports {
			ours, isOurs := strings.CutPrefix(path, "cohort/")
			if isOurs && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s, which is not allowed", p.short(), ours)
			}
		}
	}
}

func TestOnlyTheRightPackagesKnowDriversAndProtocols(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(testHelpers(), p.short()) {
			continue
		}
		for _, path := range p.Imports {
			for what, where := range onlyIn() {
				if covers(what, path) && !slices.Contains(where, p.short()) {
					t.Errorf("%s imports %s, which only %v may", p.short(), path, where)
				}
			}
		}
	}
}

func TestWhatIsForTestsStaysInTests(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(testHelpers(), p.short()) {
			continue
		}
		for _, path := range p.Imports {
			for _, what := range testOnly() {
				if path == what || strings.HasPrefix(path, what+"/") {
					t.Errorf("%s imports %s, which only tests may", p.short(), path)
				}
			}
		}
	}
}

// covers reports whether a name of the rules means an import path.
func covers(name, path string) bool {
	return path == name || strings.HasSuffix(name, "/") && strings.HasPrefix(path, name)
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for _, p := range packages(t) {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.ImportPath) + " "
		}
		if len(p.GoFiles) > 0 && !strings.HasPrefix(p.Doc, want) {
			t.Errorf("the documentation of %s begins %q, want %q", p.short(), p.Doc, want)
		}
	}
}

func TestRulesNameNoPackageTwice(t *testing.T) {
	for name, imports := range allowed() {
		sorted := slices.Sorted(slices.Values(imports))
		if len(slices.Compact(sorted)) != len(imports) {
			t.Errorf("the imports of %s are listed twice: %v", name, imports)
		}
	}
}

// source parses every Go file of ours that is no test and was not generated.
func source(t *testing.T, visit func(p pkg, path string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Error(err)
				continue
			}
			if ast.IsGenerated(file) {
				t.Errorf("%s/%s is generated; nothing here is, so far", p.short(), name)
			}
			visit(p, p.short()+"/"+name, fset, file)
		}
	}
}

func TestFilesAndFunctionsStayShort(t *testing.T) {
	source(t, func(_ pkg, path string, fset *token.FileSet, file *ast.File) {
		if n := fset.File(file.FileStart).LineCount(); n > maxFileLines {
			t.Errorf("%s has %d lines; the most is %d", path, n, maxFileLines)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines; the most is %d", path, f.Name.Name, n, maxFunctionLines)
			}
		}
	})
}

func TestPackagesStaySmall(t *testing.T) {
	lines := map[string]int{}
	source(t, func(p pkg, _ string, fset *token.FileSet, file *ast.File) {
		lines[p.short()] += fset.File(file.FileStart).LineCount()
	})
	for name, n := range lines {
		if n > maxPackageLines {
			t.Errorf("%s has %d lines; the most is %d: which of its ideas has a room of its own?", name, n, maxPackageLines)
		}
	}
}

// TestLinesFitTheScreen leaves out what cannot be broken: struct tags, and texts
// between backquotes.
func TestLinesFitTheScreen(t *testing.T) {
	for _, p := range packages(t) {
		paths, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			quoted := false
			for i, line := range strings.Split(string(text), "\n") {
				marks := strings.Count(line, "`")
				if n := utf8.RuneCountInString(line); n > maxColumns && !quoted && marks == 0 {
					t.Errorf("%s/%s:%d is %d columns wide; the most is %d", p.short(), filepath.Base(path), i+1, n, maxColumns)
				}
				quoted = quoted != (marks%2 == 1)
			}
		}
	}
}

func TestTheDomainHasNoStructTags(t *testing.T) {
	source(t, func(p pkg, path string, fset *token.FileSet, file *ast.File) {
		if p.short() != "internal/directory" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && f.Tag != nil {
				t.Errorf("%s:%d has a struct tag; wire formats belong to dialects", path, fset.Position(f.Pos()).Line)
			}
			return true
		})
	})
}

func TestPurePackagesAreGivenWhatTheyCompute(t *testing.T) {
	banned := []string{"os", "net", "io/fs", "log/slog", "database/sql", "math/rand/v2", "math/rand"}
	source(t, func(p pkg, path string, fset *token.FileSet, file *ast.File) {
		if !slices.Contains(pure(), p.short()) {
			return
		}
		for _, i := range file.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if slices.Contains(banned, name) {
				t.Errorf("%s imports %s; %s does no input, output or logging", path, name, p.short())
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s:%d starts a goroutine", path, fset.Position(n.Pos()).Line)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" &&
					slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After"}, n.Sel.Name) {
					t.Errorf("%s:%d reads the clock; the time is an argument", path, fset.Position(n.Pos()).Line)
				}
			}
			return true
		})
	})
}

func TestNothingIsLeftOpenInComments(t *testing.T) {
	source(t, func(_ pkg, path string, fset *token.FileSet, file *ast.File) {
		for _, group := range file.Comments {
			for _, c := range group.List {
				for _, word := range []string{"TODO", "FIXME", "XXX", "HACK"} {
					if strings.Contains(c.Text, word) {
						t.Errorf("%s:%d says %s; do it, or open an issue", path, fset.Position(c.Pos()).Line, word)
					}
				}
			}
		}
	})
}

func TestMainStaysSmall(t *testing.T) {
	b, err := os.ReadFile(root + "/cmd/cohort/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("\n")); n > 80 {
		t.Errorf("cmd/cohort/main.go has %d lines; the most is 80", n)
	}
}
