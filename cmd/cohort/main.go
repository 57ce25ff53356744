// Command cohort is a directory of users, groups and typed attributes that answers which value
// a user has, and why.
//
// This package has the list of subcommands. They are in the packages below internal, by what
// they are about.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"cohort/cmd/cohort/internal/cli"
)

func main() { os.Exit(runUnderSignals()) }

// runUnderSignals runs the command until it is done or the process is asked to stop. A second
// signal ends the process at once.
func runUnderSignals() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Environ(), cli.Terminal{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
}
