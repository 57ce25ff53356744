package sqlite_test

import (
	"errors"
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/sqlite/sqlitetest"
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

// fresh opens an empty directory.
func fresh(t *testing.T) *sqlite.Store {
	t.Helper()
	return open(t, sqlitetest.Directory(t))
}

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
