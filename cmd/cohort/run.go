package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// run does what the arguments say and returns the exit status: 0 done, 1 it
// failed or found something wrong, 2 the command line or a setting is wrong.
func run(_ context.Context, args, _ []string, term terminal) int {
	if len(args) == 1 && args[0] == "version" {
		fmt.Fprintln(term.out, versionLine())
		return 0
	}
	fmt.Fprintln(term.err, "usage: cohort version")
	return 2
}

func versionLine() string {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	return "cohort " + version + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}
