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
)

func main() {
	out := flag.String("out", "", "folder to write to, which is made")
	twice := flag.Bool("twice", false, "build a second time from a clone, and compare")
	flag.Parse()
	if *out == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: release -out FOLDER [-twice] CHECKOUT")
		os.Exit(2)
	}
	if err := release(context.Background(), flag.Arg(0), *out, *twice); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func release(ctx context.Context, checkout, out string, twice bool) (err error) {
	r := &builder{ctx: ctx, checkout: checkout, out: out}
	if err := r.all(); err != nil || !twice {
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
	again := &builder{ctx: ctx, checkout: clone, out: filepath.Join(temp, "out")}
	if err := again.all(); err != nil {
		return err
	}
	return same(out, again.out)
}

// same compares two folders by their checksums.
func same(a, b string) error {
	first, err := os.ReadFile(filepath.Join(a, sums))
	if err != nil {
		return err
	}
	second, err := os.ReadFile(filepath.Join(b, sums))
	if err == nil && string(first) != string(second) {
		err = fmt.Errorf("built twice, the files differ:\n%s\n%s", first, second)
	}
	return err
}
