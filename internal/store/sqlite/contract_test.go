package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return fresh(t) })
}

func TestContractInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := sqlite.OpenMemory(t.Context())
		return closeAtEnd(t, s, err)
	})
}

// fresh opens an empty directory. It is a copy of one that was made once, as
// making the schema takes longest.
func fresh(t *testing.T) *sqlite.Store {
	t.Helper()
	empty, err := template()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sqlite.File), empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

// template is the database of an empty directory.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "cohort")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, sqlite.File))
})

// open opens a directory and closes it when the test ends.
func open(t *testing.T, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir)
	return closeAtEnd(t, s, err)
}

func closeAtEnd(t *testing.T, s *sqlite.Store, err error) *sqlite.Store {
	t.Helper()
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
