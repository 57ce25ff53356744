// Command cohort is a directory of users, groups and typed attributes that
// answers which value a user has, and why.
//
// This package reads the command line and puts the parts together; it is the
// only one that picks implementations.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"cohort/cmd/cohort/internal/cli"
)

func main() { os.Exit(runUnderSignals()) }

// runUnderSignals runs the command until it is done or the process is asked to
// stop. A second request to stop ends the process at once.
func runUnderSignals() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Environ(), cli.Terminal{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
}
