package storage

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/transfer"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// pull yields the rows of one kind.
func pull(d *sample.Directory, kind directory.RowKind) (next func() (directory.Row, bool), stop func()) {
	rows := d.Catalog()
	if !kind.InCatalog() {
		rows = d.Rows() // the catalog is small compared with the users
	}
	return iter.Pull(func(yield func(directory.Row) bool) {
		for row := range rows {
			if row.Key().Kind == kind && !yield(row) {
				return
			}
		}
	})
}

// importInto imports a sample into a new data directory, and returns the time.
func importInto(ctx context.Context, path string, d *sample.Directory) (float64, error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	took, err := measure.Elapsed(func() error { return lab.ImportSample(ctx, s, d, nil) })
	return took, errors.Join(err, s.Close())
}

// insertInto inserts the same rows into the same tables without Cohort.
func insertInto(ctx context.Context, path string, d *sample.Directory) (float64, error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	if err := s.Close(); err != nil {
		return 0, err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(path, sqlite.File)+
		"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(on)"+
		"&_pragma=cache_size(-65536)&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	db.SetMaxOpenConns(1)
	took, err := measure.Elapsed(func() error { return bareInserts(ctx, db, d) })
	return took, errors.Join(err, db.Close())
}

// ImportsToSQLite compares an import with bare inserts into the same tables.
func ImportsToSQLite(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	fresh := func(into func(context.Context, string, *sample.Directory) (float64, error)) func(context.Context,
		*sample.Directory) (float64, error) {
		return func(ctx context.Context, d *sample.Directory) (float64, error) {
			path, err := l.Folder("bulk")
			if err != nil {
				return 0, err
			}
			took, err := into(ctx, path, d)
			return took, errors.Join(err, os.RemoveAll(path))
		}
	}
	if err := imports(ctx, l, &r, "bare inserts with the same indexes and constraints", fresh(importInto),
		fresh(insertInto)); err != nil {
		return r, err
	}
	return r, wholeFile(ctx, l, &r)
}

// ImportsToPostgres compares an import with COPY into the same tables.
func ImportsToPostgres(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	fresh := func(ctx context.Context, name string, f func(string, store.Store) error) (took float64, err error) {
		url, err := l.NewDatabase(ctx, name)
		if err != nil {
			return 0, err
		}
		s, err := lab.OpenPostgres(ctx, url)
		if err != nil {
			return 0, err
		}
		took, err = measure.Elapsed(func() error { return f(url, s) })
		return took, errors.Join(err, s.Close())
	}
	ours := func(ctx context.Context, d *sample.Directory) (float64, error) {
		return fresh(ctx, "import", func(_ string, s store.Store) error { return lab.ImportSample(ctx, s, d, nil) })
	}
	bare := func(ctx context.Context, d *sample.Directory) (float64, error) {
		return fresh(ctx, "copy", func(url string, _ store.Store) error { return bareCopy(ctx, url, d) })
	}
	return r, imports(ctx, l, &r, "COPY of the same rows into the same tables", ours, bare)
}

// imports compares two ways to load a directory: in turns with a tenth of the million users,
// and once with all of them.
func imports(ctx context.Context, l *lab.Lab, r *measure.Result, rival string, ours,
	bare func(context.Context, *sample.Directory) (float64, error)) error {
	tenth := sample.New(sample.Budget(l.Scaled(100_000)), sample.Initialized())
	side := func(name string, d *sample.Directory,
		f func(context.Context, *sample.Directory) (float64, error)) measure.Side {
		return measure.Side{Name: name, Run: func(ctx context.Context) (float64, error) { return f(ctx, d) }}
	}
	found, err := l.Alternate(ctx, side("import, s", tenth, ours), side("bare, s", tenth, bare))
	if err != nil {
		return err
	}
	r.AtMost(fmt.Sprintf("import of %d users into an empty directory, with change records, against %s",
		tenth.Shape().Users, rival), 2, measure.Ratio, found[0].Per(found[1]))
	r.Note("%d users: the import takes %s, %s %s.", tenth.Shape().Users, measure.Seconds.Format(found[0].Median()), rival,
		measure.Seconds.Format(found[1].Median()))
	all := sample.New(sample.Budget(l.Scaled(1_000_000)), sample.Initialized())
	once, err := measure.Alternate(ctx, 1, l.Note, side("all: import, s", all, ours), side("all: bare, s", all, bare))
	if err != nil {
		return err
	}
	s := all.Shape()
	r.AtMost(fmt.Sprintf("the same with %d users, %d groups, %d memberships, %d attributes, %d group values, once",
		s.Users, s.Groups, s.Memberships, s.Attributes, s.GroupValues),
		2, measure.Ratio, once[0].Per(once[1]))
	r.Note("%d users: the import takes %s, %s %s.", s.Users, measure.Seconds.Format(once[0].Median()), rival,
		measure.Seconds.Format(once[1].Median()))
	return nil
}

// wholeFile imports and exports the million with the program itself, and measures its memory.
func wholeFile(ctx context.Context, l *lab.Lab, r *measure.Result) error {
	folder, err := l.Folder("file")
	if err != nil {
		return err
	}
	d := sample.New(sample.Budget(l.Scaled(1_000_000)), sample.Initialized())
	file := filepath.Join(folder, "directory.jsonl")
	if err := generateFile(file, d); err != nil {
		return err
	}
	p, err := l.Serve(ctx, "--data", filepath.Join(folder, "empty"))
	if err != nil {
		return err
	}
	idle, _, err := p.Memory()
	if err := errors.Join(err, p.Close()); err != nil {
		return err
	}
	data := filepath.Join(folder, "data")
	for _, one := range []struct {
		what string
		args []string
	}{
		{"import", []string{"import", file, "--data", data}},
		{"export", []string{"export", filepath.Join(folder, "again.jsonl"), "--data", data}},
	} {
		var out []byte
		var most float64
		took, err := measure.Elapsed(func() (err error) {
			out, most, err = measure.Peak(ctx, l.Cohort, one.args, []string{"COHORT_KEY=" + lab.SealingKey})
			return err
		})
		if err != nil {
			return fmt.Errorf("cohort %s: %w: %.500s", one.what, err, out)
		}
		l.Note(fmt.Sprintf("cohort %s: %s, %s", one.what, measure.Seconds.Format(took), measure.MiB.Format(most)))
		r.AtMost(fmt.Sprintf("memory of cohort %s with %d users, above a server that is idle on an empty directory", one.what,
			d.Shape().Users),
			200, measure.MiB, measure.Samples{most - idle})
		r.Note("cohort %s of the whole file: %s, %s resident at most.", one.what, measure.Seconds.Format(took),
			measure.MiB.Format(most))
	}
	return os.RemoveAll(folder)
}

// generateFile writes a sample as a file for cohort import.
func generateFile(path string, d *sample.Directory) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(writeSample(w, d), w.Flush(), f.Close())
}

func writeSample(w io.Writer, d *sample.Directory) error {
	n := d.Next()
	t, err := transfer.NewWriter(w, transfer.Header{
		Incarnation: 1, Revision: 1, At: 1_767_225_600_000, Users: int64(d.Shape().Users), Groups: int64(d.Shape().Groups) +
			1,
		Next: transfer.Next{
			User: n.User, Group: n.Group, Attribute: n.Attribute, Value: n.Value, Role: n.Role, PermissionSet: n.PermissionSet,
			ModelSet: n.ModelSet, Credential: n.Credential,
		},
	})
	if err != nil {
		return err
	}
	for row := range d.Rows() {
		if err := t.Row(row); err != nil {
			return err
		}
	}
	_, err = t.Close()
	return err
}

// Generate writes a sample to the standard output as a file for cohort import.
func Generate(args []string) error {
	flags := flag.NewFlagSet("perf generate", flag.ContinueOnError)
	users := flags.Int("users", 10_000, "how many users; groups and values follow")
	s := sample.Shape{}
	flags.Uint64Var(&s.Seed, "seed", 1, "another seed gives another directory")
	flags.IntVar(&s.Groups, "groups", 0, "how many groups, if not in proportion")
	flags.IntVar(&s.Depth, "depth", 0, "levels of groups, if not 6")
	flags.IntVar(&s.Attributes, "attributes", 0, "how many attributes, if not 200")
	flags.IntVar(&s.GroupValues, "group-values", 0, "how many values of groups, if not in proportion")
	flags.IntVar(&s.Memberships, "memberships", 0, "how many memberships, if not 3 a user")
	flags.IntVar(&s.UserValues, "user-values", 0, "how many values of users, if not one for ten")
	if err := flags.Parse(args); err != nil {
		return err
	}
	shape := sample.Budget(*users)
	shape.Seed = s.Seed
	for into, given := range map[*int]int{
		&shape.Groups: s.Groups, &shape.Depth: s.Depth, &shape.Attributes: s.Attributes, &shape.GroupValues: s.GroupValues,
		&shape.Memberships: s.Memberships, &shape.UserValues: s.UserValues,
	} {
		if given > 0 {
			*into = given
		}
	}
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	return errors.Join(writeSample(w, sample.New(shape, sample.Initialized())), w.Flush())
}
