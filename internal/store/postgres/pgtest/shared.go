package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/postgres"
)

// A Shared is one server for all tests of a package. It starts when the first
// of them asks for a database:
//
//	var server pgtest.Shared
//
//	func TestMain(m *testing.M) { os.Exit(server.Run(m)) }
//
//	func TestX(t *testing.T) { s := pgtest.Open(t, server.Directory(t)) … }
type Shared struct {
	mu     sync.Mutex
	server *Server
	err    error // why it could not be started
	made   atomic.Int64
	free   []string // databases with an empty directory that nobody uses
}

// Run runs the tests and stops the server.
func (s *Shared) Run(m *testing.M) int {
	defer s.stop()
	return m.Run()
}

func (s *Shared) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		s.server.close()
	}
}

// template is the database that others are copies of.
const template = "empty_directory"

// Server returns the server.
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.err = s.start()
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.server
}

func (s *Shared) start() error {
	server, err := newServer(Options{})
	if err != nil {
		return err
	}
	s.server = server // it is closed in the end, whatever happens
	if err := errors.Join(server.initialise()); err != nil {
		return err
	}
	if err := server.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := server.create(ctx, template, "template0"); err != nil {
		return err
	}
	st, err := postgres.Open(ctx, server.URL(template), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return st.Close()
}

// create makes a database. Its locale is one that sorts otherwise than by bytes
// where the server has such a one, as what we store must not depend on it.
func (s *Server) create(ctx context.Context, name, from string) error {
	text := fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, from)
	if from == "template0" {
		var icu bool
		err := s.sql().QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int >= 150000
			AND EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i')`).Scan(&icu)
		if err != nil {
			return err
		}
		if icu {
			text += " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
		}
	}
	_, err := s.sql().ExecContext(ctx, text)
	return err
}

// Directory returns the URL of a database that holds an empty directory. When
// the test ends the database is emptied for another one, which takes a tenth of
// the time of making one, unless the test has left connections or much data.
func (s *Shared) Directory(t testing.TB) string {
	t.Helper()
	server := s.Server(t)
	url := s.reuse()
	if url == "" {
		url = s.database(t, template)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		if !server.running() || wipe(ctx, url) != nil {
			return // it goes with the server
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.free = append(s.free, url)
	})
	return url
}

func (s *Shared) reuse() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return ""
	}
	url := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return url
}

// wipe empties a database, if nobody else uses it, its schema is what it was
// and it is small.
func wipe(ctx context.Context, url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	var fit bool
	err = db.QueryRowContext(ctx, `SELECT pg_database_size(current_database()) < 33554432
		AND (SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database())
		AND (SELECT max(version_id) FROM goose_db_version) < 1000`).Scan(&fit)
	if err != nil {
		return err
	}
	if !fit {
		return errors.New("not fit for another test")
	}
	var text strings.Builder
	text.WriteString("BEGIN; SET CONSTRAINTS ALL DEFERRED;")
	for _, table := range postgres.Tables() {
		if table != "head" {
			text.WriteString("DELETE FROM " + table + ";")
		}
	}
	_, err = db.ExecContext(ctx, text.String()+`UPDATE head SET revision = 0, incarnation = 1, at = 0, hash = decode(repeat('00', 32), 'hex'),
		digest = decode(repeat('00', 32), 'hex'), next_user = 1, next_group = 1, next_attribute = 1, next_value = 1, next_role = 1,
		next_permission_set = 1, next_model_set = 1, next_credential = 1, next_sealed = 1, users = 0, groups = 0,
		named = 0; COMMIT`)
	return err
}

// Open opens the directory in a database, and closes it when the test ends,
// unless the test has.
func Open(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

// Empty makes a database that holds nothing, and returns its URL.
func (s *Shared) Empty(t testing.TB) string { return s.database(t, "template0") }

func (s *Shared) database(t testing.TB, from string) string {
	t.Helper()
	server := s.Server(t)
	name := fmt.Sprintf("t%d", s.made.Add(1))
	if err := server.create(t.Context(), name, from); err != nil {
		t.Fatal(err)
	}
	return server.URL(name)
}

// Query reads one value from a database.
func Query[T any](t testing.TB, url, text string) (v T) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), text).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
