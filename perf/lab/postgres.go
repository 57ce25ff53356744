package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
	"cohort/perf/measure"
)

// A runner is a testing.TB for pgtest outside of a test.
type runner struct {
	testing.TB // nil: pgtest calls only the methods below
	ctx        context.Context
	cleanups   []func()
}

// Helper implements testing.TB.
func (*runner) Helper() {}

// Context implements testing.TB.
func (r *runner) Context() context.Context { return r.ctx }

// Cleanup implements testing.TB.
func (r *runner) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// Logf implements testing.TB.
func (*runner) Logf(string, ...any) {}

// Fatal implements testing.TB.
func (*runner) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// Fatalf implements testing.TB.
func (*runner) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// StartPostgres starts a server with settings for production: commits are durable, and the
// data fits into memory. Without a server, the lines that need it fail.
func (l *Lab) StartPostgres(ctx context.Context) (stop func()) {
	r := &runner{ctx: ctx}
	stop = func() {
		for _, f := range r.cleanups {
			f()
		}
	}
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(l.Out, "PostgreSQL did not start: %v\n", p)
		}
	}()
	s := pgtest.Start(r, pgtest.Options{Durable: true, Settings: map[string]string{
		"shared_buffers": "1GB", "work_mem": "32MB", "maintenance_work_mem": "256MB", "effective_cache_size": "4GB",
		"random_page_cost": "1.1",
		"max_wal_size":     "4GB", "checkpoint_timeout": "30min",
	}})
	l.Postgres = s.URL("postgres")
	return stop
}

var errNoPostgres = errors.New("PostgreSQL did not start")

// connect opens one connection to the server.
func (l *Lab) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	if l.Postgres == "" {
		return nil, errNoPostgres
	}
	return pgx.Connect(ctx, l.database(database))
}

// database is the connection string of a database of the server.
func (l *Lab) database(name string) string {
	u, err := url.Parse(l.Postgres)
	if err != nil {
		return l.Postgres
	}
	u.Path = "/" + name
	return u.String()
}

// PostgresVersion is the version of the server.
func (l *Lab) PostgresVersion(ctx context.Context) (v string, err error) {
	c, err := l.connect(ctx, "postgres")
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	err = c.QueryRow(ctx, "SHOW server_version").Scan(&v)
	v, _, _ = strings.Cut(v, " ")
	return v, err
}

// NewDatabase creates an empty database, replaces an earlier one of the name, and returns its
// connection string.
func (l *Lab) NewDatabase(ctx context.Context, name string) (string, error) {
	c, err := l.connect(ctx, "postgres")
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	name = "perf_" + name
	for _, text := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name +
		" TEMPLATE template0"} {
		if _, err := c.Exec(ctx, text); err != nil {
			return "", err
		}
	}
	return l.database(name), nil
}

// FilledDatabase creates a database with a sample, and returns its connection string.
func (l *Lab) FilledDatabase(ctx context.Context, name string, shape sample.Shape) (string, error) {
	url, err := l.NewDatabase(ctx, name)
	if err != nil {
		return "", err
	}
	s, err := OpenPostgres(ctx, url)
	if err != nil {
		return "", err
	}
	return url, errors.Join(FillStore(ctx, s, shape, l.progress()), s.Close())
}

// A Node is one of several servers on a database, with a caller.
type Node struct {
	*measure.Process
	Caller *Caller
}

// NodesOn starts servers on a database. stop stops them.
func (l *Lab) NodesOn(ctx context.Context, url string, n int) (list []Node, stop func() error, err error) {
	stop = func() (err error) {
		for _, one := range list {
			err = errors.Join(err, one.Close())
		}
		return err
	}
	for range n {
		p, c, err := l.ServeAndLogin(ctx, "--database", url)
		if err != nil {
			return nil, nil, errors.Join(err, stop())
		}
		list = append(list, Node{p, c})
	}
	return list, stop, nil
}

// OpenPostgres opens the store of a database.
func OpenPostgres(ctx context.Context, url string) (store.Store, error) {
	return postgres.Open(ctx, url, slog.New(slog.DiscardHandler))
}
