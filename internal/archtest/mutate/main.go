// Command mutate [TEXT…] changes one line of what matters most at a time, in
// a copy of the checkout, and runs their tests. A change that no test notices
// is a survivor: it prints it and exits 1. It does not touch the checkout.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(context.Background(), ".", os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// limit is how long the tests of a package may take: a mutant that hangs is
// noticed, too.
const limit = 8 * time.Minute

// run tries the mutants whose file or sentence has one of some texts; all, if
// there are none.
func run(ctx context.Context, root string, texts []string) error {
	work, err := os.MkdirTemp("", "cohort-mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := copyTree(root, work); err != nil {
		return err
	}
	if out, err := runTests(ctx, work, "internal/resolve"); err != nil { // else all would be caught
		return fmt.Errorf("the tests fail without any mutation:\n%s", out)
	}
	survivors := 0
	list := slices.DeleteFunc(mutations(), func(m mutation) bool {
		has := func(text string) bool { return strings.Contains(m.file+": "+m.what, text) }
		return len(texts) > 0 && !slices.ContainsFunc(texts, has)
	})
	for i, m := range list {
		caught, err := m.try(ctx, work)
		if err != nil {
			return err
		}
		word := "caught"
		if !caught {
			word = "SURVIVED"
			survivors++
		}
		fmt.Printf("%2d/%d  %-8s  %s: %s\n", i+1, len(list), word, m.file, m.what)
	}
	fmt.Printf("%d passed, %d failed\n", len(list)-survivors, survivors)
	if survivors > 0 {
		return fmt.Errorf("%d mutants survived: a test is missing for each", survivors)
	}
	return nil
}

// try applies a mutation, runs the tests of its package and undoes it.
func (m mutation) try(ctx context.Context, work string) (caught bool, err error) {
	name := filepath.Join(work, filepath.FromSlash(m.file))
	before, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	mutant, err := m.apply(string(before))
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(name, []byte(mutant), 0o600); err != nil {
		return false, err
	}
	defer func() {
		if werr := os.WriteFile(name, before, 0o600); err == nil {
			err = werr
		}
	}()
	if out, err := command(ctx, work, "build", "./"+path.Dir(m.file)); err != nil {
		return false, fmt.Errorf("the mutant of %s (%s) does not compile:\n%s", m.file, m.what, out)
	}
	_, err = runTests(ctx, work, path.Dir(m.file))
	return err != nil, nil
}

// apply returns a file with the mutation. It is an error if its text does not
// stand there once.
func (m mutation) apply(file string) (string, error) {
	if n := strings.Count(file, m.from); n != 1 {
		return "", fmt.Errorf("%s has %q %d times, want once: the list of mutations is out of date", m.file, m.from, n)
	}
	return strings.Replace(file, m.from, m.to, 1), nil
}

// runTests runs the tests of a package, and then those near it, until one fails: the
// packages between the resolver and the view are tested together. The tests of core
// take long, and come last.
func runTests(ctx context.Context, work, pkg string) ([]byte, error) {
	own, views := []string{"./" + pkg}, []string{"./internal/view", "./internal/history", "./internal/impact"}
	plans := []string{"./internal/plan", "./internal/outcome", "./internal/working", "./internal/state"}
	runs := [][]string{own}
	switch pkg {
	case "internal/core":
		runs = [][]string{plans, views, own}
	case "internal/resolve", "internal/state", "internal/working", "internal/outcome", "internal/plan", "internal/view":
		runs = append(runs, plans, views)
	}
	for _, run := range runs {
		args := slices.Concat([]string{"test", "-failfast", "-vet=off", "-timeout", limit.String()}, run)
		if out, err := command(ctx, work, args...); err != nil {
			return out, err
		}
	}
	return nil, nil
}

func command(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	return cmd.CombinedOutput()
}

// copyTree copies what Go builds from, and no more.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules" || name == "bin" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), b, 0o600)
	})
}
