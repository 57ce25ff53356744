package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
	"cohort/perf/measure"
)

// The credentials of the administrator of every fixture.
const (
	clientID     = "perf-client"
	clientSecret = "perf-secret-of-a-certain-length"
	sealingKey   = "cGVyZi1rZXktb2YtdGhpcnR5LXR3by1ieXRlcy1sb24=" // that the nodes on a database share
)

// A lab is where a line of the report is measured.
type lab struct {
	Work     string  `json:"work"`     // folder of fixtures, which all lines share
	Self     string  `json:"self"`     // this program
	Cohort   string  `json:"cohort"`   // the program that is measured
	OPA      string  `json:"opa"`      // Open Policy Agent; empty if there is none
	Postgres string  `json:"postgres"` // connection string of an empty server; empty if there is none
	Scale    float64 `json:"scale"`    // share of the full size
	Rounds   int     `json:"rounds"`
	// Burst is how long something is kept busy in a round.
	Burst time.Duration `json:"burst"`

	line string
	out  io.Writer
}

// runLine measures one line, on behalf of report.
func runLine(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("perf line", flag.ContinueOnError)
	settings := flags.String("lab", "", "file with the lab")
	result := flags.String("result", "", "file for the result")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l := lab{line: flags.Arg(0), out: os.Stderr}
	b, err := os.ReadFile(*settings)
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err != nil {
		return err
	}
	for _, one := range lines() {
		if one.name != l.line {
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
	return fmt.Errorf("there is no line %q", l.line)
}

// note says how far the line is.
func (l *lab) note(text string) {
	fmt.Fprintf(l.out, "  %s  %-17s %s\n", time.Now().Format(time.TimeOnly), l.line, text)
}

// scaled scales a number of users, groups or reads; it never gets below a
// thousandth.
func (l *lab) scaled(n int) int { return max(int(float64(n)*l.Scale), n/1000, 1) }

// alternate is measure.Alternate with the rounds of this run.
func (l *lab) alternate(ctx context.Context, sides ...measure.Side) ([]measure.Samples, error) {
	return measure.Alternate(ctx, l.Rounds, l.note, sides...)
}

// folder returns the path of a new folder.
func (l *lab) folder(name string) (string, error) { return os.MkdirTemp(l.Work, name+"-*") }

// fixture returns the data directory of a sample, which lines only read. It is
// made by the first line that asks for it.
func (l *lab) fixture(ctx context.Context, name string, shape sample.Shape) (string, *sample.Directory, error) {
	return l.made(name, shape, func(into string) error { return fill(ctx, into, shape, l.progress()) })
}

// made is fixture with the rows that fill makes of the sample.
func (l *lab) made(name string, shape sample.Shape, fill func(into string) error) (string, *sample.Directory, error) {
	path := filepath.Join(l.Work, name)
	d := sample.New(shape, sample.Initialized())
	if _, err := os.Stat(path); err == nil {
		return path, d, nil
	}
	l.note(fmt.Sprintf("fills %s: %d users, %d groups", name, shape.Users, shape.Groups))
	unfinished, err := l.folder(name)
	if err != nil {
		return "", nil, err
	}
	took, err := measure.Elapsed(func() error { return fill(unfinished) })
	if err != nil {
		return "", nil, err
	}
	l.note("filled in " + measure.Seconds.Format(took))
	return path, d, os.Rename(unfinished, path)
}

// progress notes every half million rows.
func (l *lab) progress() func(int64) {
	said := int64(0)
	return func(rows int64) {
		if rows-said >= 500_000 {
			said = rows
			l.note(fmt.Sprintf("%d rows", rows))
		}
	}
}

func fill(ctx context.Context, path string, shape sample.Shape, progress func(int64)) (err error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return fillStore(ctx, s, shape, progress)
}

// fillStore imports a sample, as users would, and makes an administrator.
func fillStore(ctx context.Context, s store.Store, shape sample.Shape, progress func(int64)) error {
	if err := importSample(ctx, s, sample.New(shape, sample.Initialized()), progress); err != nil {
		return err
	}
	return bootstrap(ctx, s)
}

func bootstrap(ctx context.Context, s store.Store) error {
	c, err := core.Open(ctx, s, core.Options{Sealer: noSeals{}})
	if err != nil {
		return err
	}
	defer c.Close()
	_, _, err = c.Bootstrap(ctx, clientID, clientSecret)
	return err
}

// copied returns a copy of a fixture that the line may write to.
func (l *lab) copied(fixture string) (string, error) {
	path, err := l.folder("copy")
	if err != nil {
		return "", err
	}
	return path, os.CopyFS(path, os.DirFS(fixture))
}

// An opened directory runs in this process.
type opened struct {
	core  *core.Core
	store store.Store
}

// open opens a data directory in this process, as the system itself.
func open(ctx context.Context, path string, opt core.Options) (*opened, error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return openStore(ctx, s, opt)
}

func openSQLite(ctx context.Context, path string) (store.Store, error) { return sqlite.Open(ctx, path) }

func openStore(ctx context.Context, s store.Store, opt core.Options) (*opened, error) {
	opt.Sealer = noSeals{}
	c, err := core.Open(ctx, s, opt)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &opened{c, s}, nil
}

// as is the directory as the system itself sees it, for one request.
func (o *opened) as() *view.View { return view.New(o.core).As(directory.System("perf")) }

func (o *opened) Close() error {
	o.core.Close()
	return o.store.Close()
}

// noSeals is for directories without hidden values.
type noSeals struct{ plan.Sealer }
