// Package lab has what lines are measured with: directories of known shapes, the program
// serving them, and clients that are logged in.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// Credentials of the administrator of every fixture.
const (
	ClientID     = "perf-client"
	ClientSecret = "perf-secret-of-a-certain-length"
	SealingKey   = "cGVyZi1rZXktb2YtdGhpcnR5LXR3by1ieXRlcy1sb24=" // that the nodes on a database share
)

// A Lab has the settings of a run. Lines are measured in it.
type Lab struct {
	Work     string  `json:"work"`     // folder of fixtures, which all lines share
	Self     string  `json:"self"`     // this program
	Cohort   string  `json:"cohort"`   // the program that is measured
	OPA      string  `json:"opa"`      // Open Policy Agent; empty if there is none
	Postgres string  `json:"postgres"` // connection string of an empty server; empty if there is none
	Scale    float64 `json:"scale"`    // share of the full size
	Rounds   int     `json:"rounds"`
	// Burst is how long a server is kept busy in a round.
	Burst time.Duration `json:"burst"`

	Line string    `json:"-"` // that is measured
	Out  io.Writer `json:"-"` // where progress is noted
}

// Note prints progress of the line.
func (l *Lab) Note(text string) {
	fmt.Fprintf(l.Out, "  %s  %-17s %s\n", time.Now().Format(time.TimeOnly), l.Line, text)
}

// Scaled scales a number of users, groups or reads, to at least a thousandth.
func (l *Lab) Scaled(n int) int { return max(int(float64(n)*l.Scale), n/1000, 1) }

// Alternate is measure.Alternate with the rounds of this run.
func (l *Lab) Alternate(ctx context.Context, sides ...measure.Side) ([]measure.Samples, error) {
	return measure.Alternate(ctx, l.Rounds, l.Note, sides...)
}

// Folder returns the path of a new folder.
func (l *Lab) Folder(name string) (string, error) { return os.MkdirTemp(l.Work, name+"-*") }

// Fixture returns the data directory of a sample. Lines only read it; the first line that asks
// for it creates it.
func (l *Lab) Fixture(ctx context.Context, name string, shape sample.Shape) (string, *sample.Directory, error) {
	return l.FixtureFilledBy(name, shape, func(into string) error { return Fill(ctx, into, shape, l.progress()) })
}

// FixtureFilledBy is Fixture with the rows that fill writes.
func (l *Lab) FixtureFilledBy(name string, shape sample.Shape, fill func(into string) error) (string,
	*sample.Directory, error) {
	path := filepath.Join(l.Work, name)
	d := sample.New(shape, sample.Initialized())
	if _, err := os.Stat(path); err == nil {
		return path, d, nil
	}
	l.Note(fmt.Sprintf("fills %s: %d users, %d groups", name, shape.Users, shape.Groups))
	unfinished, err := l.Folder(name)
	if err != nil {
		return "", nil, err
	}
	took, err := measure.Elapsed(func() error { return fill(unfinished) })
	if err != nil {
		return "", nil, err
	}
	l.Note("filled in " + measure.Seconds.Format(took))
	return path, d, os.Rename(unfinished, path)
}

// progress notes every 500,000 rows.
func (l *Lab) progress() func(int64) {
	said := int64(0)
	return func(rows int64) {
		if rows-said >= 500_000 {
			said = rows
			l.Note(fmt.Sprintf("%d rows", rows))
		}
	}
}

// Fill creates a data directory with a sample.
func Fill(ctx context.Context, path string, shape sample.Shape, progress func(int64)) (err error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return FillStore(ctx, s, shape, progress)
}

// FillStore imports a sample as users would, and creates an administrator.
func FillStore(ctx context.Context, s store.Store, shape sample.Shape, progress func(int64)) error {
	if err := ImportSample(ctx, s, sample.New(shape, sample.Initialized()), progress); err != nil {
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
	_, _, err = c.Bootstrap(ctx, ClientID, ClientSecret)
	return err
}

// Copied returns a copy of a fixture. The line may write to it.
func (l *Lab) Copied(fixture string) (string, error) {
	path, err := l.Folder("copy")
	if err != nil {
		return "", err
	}
	return path, os.CopyFS(path, os.DirFS(fixture))
}

// An Opened is a directory that runs in this process.
type Opened struct {
	Core  *core.Core
	store store.Store
}

// Open opens a data directory in this process.
func Open(ctx context.Context, path string, opt core.Options) (*Opened, error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return OpenStore(ctx, s, opt)
}

// OpenSQLite opens the store of a data directory.
func OpenSQLite(ctx context.Context, path string) (store.Store, error) { return sqlite.Open(ctx, path) }

// OpenStore opens a directory in a store. Closing the directory closes the store.
func OpenStore(ctx context.Context, s store.Store, opt core.Options) (*Opened, error) {
	opt.Sealer = noSeals{}
	c, err := core.Open(ctx, s, opt)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &Opened{c, s}, nil
}

// View is the directory as the system sees it, for one request.
func (o *Opened) View() *view.View { return view.New(o.Core).As(directory.System("perf")) }

// Close closes the directory and its store.
func (o *Opened) Close() error {
	o.Core.Close()
	return o.store.Close()
}

// noSeals is the sealer of directories without hidden values.
type noSeals struct{ plan.Sealer }

// Do commits edits as one change.
func (o *Opened) Do(ctx context.Context, edits ...directory.Edit) error {
	_, err := o.View().Commit(ctx, directory.Change{Edits: edits})
	return err
}

// Million is the directory of a million users, scaled.
func (l *Lab) Million(ctx context.Context) (string, *sample.Directory, error) {
	return l.Fixture(ctx, "million", sample.Budget(l.Scaled(1_000_000)))
}
