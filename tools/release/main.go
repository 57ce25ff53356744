// Command release builds what is given to people: the program for each
// platform, packages for Debian and Red Hat, checksums and a bill of materials.
// The same commit gives the same bytes, wherever it is built.
//
// It is a module of its own, so that what it needs stays out of Cohort's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	out := flag.String("out", "", "folder to write to, which is made")
	again := flag.String("again", "", "platforms to build for a second time, from a clone and without what Go has "+
		"compiled before, and compare; all is all of them")
	flag.Parse()
	if *out == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: release -out FOLDER [-again PLATFORM,…] CHECKOUT")
		os.Exit(2)
	}
	if err := release(context.Background(), flag.Arg(0), *out, *again); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func release(ctx context.Context, checkout, out, again string) (err error) {
	r := &builder{ctx: ctx, checkout: checkout, out: out}
	if again == "" {
		return r.all(platforms())
	}
	second, err := platformsNamed(again)
	if err != nil {
		return err
	}
	if changed, err := command(ctx, checkout, nil, "git", "status", "--porcelain"); err != nil || changed != "" {
		return errors.Join(err, fmt.Errorf("commit first: a clone does not have\n%s", changed))
	}
	if err := r.all(platforms()); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "cohort-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	clone := filepath.Join(temp, "elsewhere", "clone")
	if _, err := command(ctx, checkout, nil, "git", "clone", "--quiet", "--no-hardlinks", ".", clone); err != nil {
		return err
	}
	b := &builder{ctx: ctx, checkout: clone, out: filepath.Join(temp, "out"), cache: filepath.Join(temp, "cache")}
	if err := b.all(second); err != nil {
		return err
	}
	n, err := same(out, b.out)
	if err == nil {
		fmt.Fprintf(os.Stderr, "%d files for %v are the same, built twice\n", n, second)
	}
	return err
}

// same compares the files of a folder with those of another, which may have more, by
// their checksums, and returns how many there are.
func same(all, some string) (n int, err error) {
	first, err := os.ReadFile(filepath.Join(all, sums))
	if err != nil {
		return 0, err
	}
	second, err := os.ReadFile(filepath.Join(some, sums))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(second)) {
		if !strings.Contains("\n"+string(first), "\n"+line) {
			return 0, fmt.Errorf("built twice, the files differ:\n%s\n%s", first, second)
		}
		n++
	}
	return n, nil
}
