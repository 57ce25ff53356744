// Command perf measures the budgets of the design and other ways of answering the same
// question, and writes perf/RESULTS.md.
//
// A process of its own measures each line of the report, so that no line inherits the memory
// of another, and a failing line affects no other.
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

// run writes the report, or plays one of the roles in which perf starts itself.
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
