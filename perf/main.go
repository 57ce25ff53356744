// Command perf measures what the design promises, and what other ways of
// answering the same question cost, and writes perf/RESULTS.md.
//
// Every line of the report is measured by a process of its own, so that none
// inherits the memory of another, and one that fails takes nothing with it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"cohort/perf/constant"
	"cohort/perf/rivals"
	"cohort/perf/storage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "perf:", err)
		os.Exit(1)
	}
}

// run is the program: the whole report, or one of the roles that it starts
// itself in.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "line":
			return runLine(ctx, args[1:])
		case "constant":
			return constant.Serve(ctx, args[1:])
		case "bare":
			return constant.ServeBare(ctx, args[1:])
		case "sql":
			return rivals.ServeSQL(ctx, args[1:])
		case "generate":
			return storage.Generate(args[1:])
		}
	}
	o := options{}
	flags := flag.NewFlagSet("perf", flag.ContinueOnError)
	flags.StringVar(&o.only, "only", "", "names of the lines to measure, with commas; empty measures all")
	flags.Float64Var(&o.scale, "scale", 1, "share of the full size: 1 is 1,000,000 users")
	flags.IntVar(&o.rounds, "rounds", 5, "how often the sides of a comparison take turns")
	flags.StringVar(&o.out, "out", "perf/RESULTS.md", "file of the report; empty prints it")
	flags.StringVar(&o.cohort, "cohort", "bin/cohort", "the program that is measured")
	flags.StringVar(&o.opa, "opa", "", "Open Policy Agent; without it that comparison fails")
	flags.BoolVar(&o.list, "list", false, "only list the lines")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return report(ctx, o)
}
