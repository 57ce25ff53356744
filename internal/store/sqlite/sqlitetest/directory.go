// Package sqlitetest makes data directories for tests: copies of one with an empty
// database, as making its schema takes longer than most tests do.
package sqlitetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cohort/internal/store/sqlite"
)

// Directory returns a data directory of the test's own with an empty database.
func Directory(t testing.TB) string {
	t.Helper()
	database, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sqlite.File), database, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Open opens such a directory. The test closes it.
func Open(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), Directory(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// emptyDatabase is the file of an empty database, made once a process.
var emptyDatabase = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "cohort-empty-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, sqlite.File))
})
