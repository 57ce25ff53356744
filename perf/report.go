package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cohort/perf/lab"
	"cohort/perf/measure"
)

// options are the flags of the command.
type options struct {
	only, out, cohort, opa string
	scale                  float64
	rounds                 int
	list                   bool
}

// A line is a part of the report. It fills some rows of the table.
type line struct {
	surface string // its heading in the report
	name    string
	about   string // what is compared, in a sentence
	limit   time.Duration
	run     func(context.Context, *lab.Lab) (measure.Result, error)
}

// A finding is the result of a line.
type finding struct {
	line   line
	result measure.Result
	err    error
	took   time.Duration
	load   string // load of the machine when the line began
}

func report(ctx context.Context, o options) (err error) {
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	if o.list {
		for _, one := range chosen {
			fmt.Fprintf(os.Stdout, "%-18s %s\n", one.name, one.about)
		}
		return nil
	}
	l := &lab.Lab{Scale: o.scale, Rounds: o.rounds, OPA: o.opa, Burst: 2 * time.Second, Out: os.Stderr}
	if l.Work, err = os.MkdirTemp("", "cohort-perf-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(l.Work)) }()
	if l.Self, err = os.Executable(); err != nil {
		return err
	}
	if l.Cohort, err = filepath.Abs(o.cohort); err != nil {
		return err
	}
	stop := l.StartPostgres(ctx)
	defer stop()
	begin := time.Now()
	var found []finding
	for _, one := range chosen {
		found = append(found, find(ctx, l, one))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	text := markdown(ctx, l, o, found, time.Since(begin))
	if o.out == "" {
		_, err = fmt.Fprint(os.Stdout, text)
		return err
	}
	return os.WriteFile(o.out, []byte(text), 0o644)
}

func choose(only string) ([]line, error) {
	all := lines()
	if only == "" {
		return all, nil
	}
	var chosen []line
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(l line) bool { return l.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no line %q; make bench ONLY=list lists them", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// find measures a line in a process of its own.
func find(ctx context.Context, l *lab.Lab, one line) finding {
	fmt.Fprintf(l.Out, "%s: %s\n", one.name, one.about)
	f := finding{line: one, load: measure.Load()}
	begin := time.Now()
	f.result, f.err = child(ctx, l, one)
	f.took = time.Since(begin)
	for _, v := range f.result.Verdicts {
		fmt.Fprintf(l.Out, "  %s: %s, budget %s: %s\n", v.What, v.Measured, v.Budget, passed(v.Pass))
	}
	if f.err != nil {
		fmt.Fprintf(l.Out, "  %s was not measured: %v\n", one.name, f.err)
	}
	return f
}

func child(ctx context.Context, l *lab.Lab, one line) (r measure.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, one.limit)
	defer cancel()
	b, err := json.Marshal(l)
	if err != nil {
		return r, err
	}
	settings := filepath.Join(l.Work, "lab.json")
	if err := os.WriteFile(settings, b, 0o600); err != nil {
		return r, err
	}
	result := filepath.Join(l.Work, "result-"+one.name+".json")
	cmd := exec.CommandContext(ctx, l.Self, "line", "-lab", settings, "-result", result, one.name)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	said := &tail{}
	cmd.Stderr = said
	cmd.Stdout = said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return r, fmt.Errorf("it took more than %v", one.limit)
		}
		return r, fmt.Errorf("%w: %s", err, said.last())
	}
	if b, err = os.ReadFile(result); err != nil {
		return r, err
	}
	return r, json.Unmarshal(b, &r)
}

// A tail passes on what a line prints, and keeps the end of it.
type tail struct{ kept []byte }

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(0, len(t.kept)-4000):]
	return os.Stderr.Write(b)
}

// last is the last message.
func (t *tail) last() string {
	text := strings.TrimSpace(string(t.kept))
	if i := strings.LastIndex(text, "perf: "); i >= 0 {
		text = text[i:]
	}
	return text
}

func passed(pass bool) string {
	if pass {
		return "pass"
	}
	return "**fail**"
}
