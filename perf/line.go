package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"cohort/perf/lab"
)

// runLine measures one line in a process that report started.
func runLine(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("perf line", flag.ContinueOnError)
	settings := flags.String("lab", "", "file with the lab")
	result := flags.String("result", "", "file for the result")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l := lab.Lab{Line: flags.Arg(0), Out: os.Stderr}
	b, err := os.ReadFile(*settings)
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err != nil {
		return err
	}
	for _, one := range lines() {
		if one.name != l.Line {
			continue
		}
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		found, err := one.run(ctx, &l)
		if err != nil {
			return err
		}
		b, err := json.Marshal(found)
		if err != nil {
			return err
		}
		return os.WriteFile(*result, b, 0o600)
	}
	return fmt.Errorf("there is no line %q", l.Line)
}
