// Package storage measures writes: durable changes, imports, and how soon other nodes see a
// change.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// A writer is a directory that is written to.
type writer struct {
	*lab.Opened
	d    *sample.Directory
	l    *lab.Lab
	next atomic.Int64 // makes every value a new one
}

// write sets a value of a user, as one change.
func (w *writer) write(ctx context.Context) error {
	return w.Do(ctx, directory.SetUserValue{
		User: w.d.UserID(rand.IntN(w.d.Shape().Users)), Attribute: w.d.Attribute(0),
		Value: directory.Value{Text: fmt.Sprint("written ", w.next.Add(1))},
	})
}

// together writes from n goroutines, each with one change at a time, and returns the number of
// commits per second.
func (w *writer) together(n int) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		before := w.Core.Head().Revision
		errs := make([]error, n)
		var wg sync.WaitGroup
		begin := time.Now()
		for i := range n {
			wg.Go(func() {
				for errs[i] == nil && time.Since(begin) < w.l.Burst {
					errs[i] = w.write(ctx)
				}
			})
		}
		wg.Wait()
		return float64(w.Core.Head().Revision-before) / time.Since(begin).Seconds(), errors.Join(errs...)
	}
}

// alone returns the median time of a change without other writers.
func (w *writer) alone(ctx context.Context) (float64, error) {
	var times measure.Samples
	for range max(w.l.Scaled(300), 20) {
		took, err := measure.Elapsed(func() error { return w.write(ctx) })
		if err != nil {
			return 0, err
		}
		times = append(times, took)
	}
	return times.Median(), nil
}

// writesTo compares writers with and without group commit, in stores that newStore makes.
// bare, if not nil, commits single rows without Cohort.
func writesTo(ctx context.Context, l *lab.Lab, engine string, newStore func(context.Context) (store.Store, error),
	bare func(context.Context) (float64, error)) (r measure.Result, err error) {
	var writers [2]*writer
	for i, limit := range []int{64, 1} {
		s, err := newStore(ctx)
		if err != nil {
			return r, err
		}
		if err := lab.FillStore(ctx, s, l.Written(), nil); err != nil {
			return r, errors.Join(err, s.Close())
		}
		o, err := lab.OpenStore(ctx, s, core.Options{BatchLimit: limit})
		if err != nil {
			return r, err
		}
		defer o.Close()
		writers[i] = &writer{Opened: o, d: sample.New(l.Written(), sample.Initialized()), l: l}
	}
	grouped, single := writers[0], writers[1]
	sides := []measure.Side{
		{Name: "64 callers, grouped, changes/s", Run: grouped.together(lab.Writers)},
		{Name: "64 callers, one by one, changes/s", Run: single.together(lab.Writers)},
		{Name: "one caller, grouped, s", Run: grouped.alone},
		{Name: "one caller, one by one, s", Run: single.alone},
		{Name: "bare commits/s", Run: bare},
	}
	found, err := l.Alternate(ctx, sides...)
	if err != nil {
		return r, err
	}
	r.AtLeast("durable writes in process on "+engine+", 64 callers, batch limit 64 against 1", 5, measure.Ratio,
		found[0].Per(found[1]))
	r.AtMost("latency of one caller on "+engine+", batch limit 64 against 1", 1.1, measure.Ratio, found[2].Per(found[3]))
	r.Note("64 callers: %s grouped, %s one by one. One caller: %s grouped, %s one by one.",
		measure.Rate.Format(found[0].Median()),
		measure.Rate.Format(found[1].Median()), measure.Seconds.Format(found[2].Median()),
		measure.Seconds.Format(found[3].Median()))
	r.Note("Bare %s, one row in each commit, without Cohort: %s. Cohort with 64 callers commits %s of that, each change "+
		"with its record, hash and history; one by one %s.",
		engine, measure.Rate.Format(found[4].Median()), measure.Ratio.Format(found[0].Per(found[4]).Median()),
		measure.Ratio.Format(found[1].Per(found[4]).Median()))
	return r, nil
}

// WritesToSQLite measures durable writes on SQLite.
func WritesToSQLite(ctx context.Context, l *lab.Lab) (measure.Result, error) {
	newStore := func(ctx context.Context) (store.Store, error) {
		path, err := l.Folder("writes")
		if err != nil {
			return nil, err
		}
		return sqlite.Open(ctx, path)
	}
	path, err := l.Folder("bare")
	if err != nil {
		return measure.Result{}, err
	}
	db, err := bareSQLite(ctx, filepath.Join(path, "bare.db"))
	if err != nil {
		return measure.Result{}, err
	}
	defer db.Close()
	return writesTo(ctx, l, "SQLite", newStore, func(ctx context.Context) (float64, error) {
		return bareWrites(ctx, l,
			db)
	})
}

// WritesToPostgres measures durable writes on PostgreSQL.
func WritesToPostgres(ctx context.Context, l *lab.Lab) (measure.Result, error) {
	n := 0
	newStore := func(ctx context.Context) (store.Store, error) {
		n++
		url, err := l.NewDatabase(ctx, fmt.Sprint("writes", n))
		if err != nil {
			return nil, err
		}
		return lab.OpenPostgres(ctx, url)
	}
	url, err := l.NewDatabase(ctx, "bare")
	if err != nil {
		return measure.Result{}, err
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return measure.Result{}, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx,
		"CREATE TABLE user_values (user_id bigint, attribute_id bigint, text text NOT NULL, PRIMARY KEY (user_id, "+
			"attribute_id))"); err != nil {
		return measure.Result{}, err
	}
	return writesTo(ctx, l, "PostgreSQL", newStore,
		func(ctx context.Context) (float64, error) { return bareWrites(ctx, l, db) })
}

// bareSQLite is a database with one table, durable as Cohort's is.
func bareSQLite(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)"+
		"&_pragma=synchronous(full)&_pragma=foreign_keys(on)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE user_values (
		user_id INTEGER NOT NULL, attribute_id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (user_id, attribute_id)) STRICT, WITHOUT ROWID`)
	return db, err
}

// bareWrites commits single rows for the time of a burst, and returns the number of commits
// per second. Placeholders such as $1 work on both engines.
func bareWrites(ctx context.Context, l *lab.Lab, db *sql.DB) (float64, error) {
	write, err := db.PrepareContext(ctx, `INSERT INTO user_values (user_id, attribute_id, text) VALUES ($1, 14, $2)
		ON CONFLICT (user_id, attribute_id) DO UPDATE SET text = excluded.text`)
	if err != nil {
		return 0, err
	}
	defer write.Close()
	n := 0
	begin := time.Now()
	for ; time.Since(begin) < l.Burst; n++ {
		if _, err := write.ExecContext(ctx, rand.IntN(10_000), fmt.Sprint("written ", n)); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}
