package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
)

// TestALogThatAReaderHoldsIsToldAndEmptiedAfterIt: a reader that does not end
// keeps the log, which grows; that is said, and it is emptied when it has ended.
func TestALogThatAReaderHoldsIsToldAndEmptiedAfterIt(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 5)
	view, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if _, err := view.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	groups(t, s, 6, 20)
	const most = 4096
	log, err := s.ShrinkLog(t.Context(), most)
	if err != nil || !log.Held || log.Own != 1 || log.Bytes <= most || log.Bytes != s.LogBytes() {
		t.Errorf("while somebody reads: %+v, %v; the file has %d", log, err, s.LogBytes())
	}
	view.Close()
	log, err = s.ShrinkLog(t.Context(), most)
	if err != nil || log.Held || log.Bytes != 0 {
		t.Errorf("afterwards: %+v, %v", log, err)
	}
	if info, err := os.Stat(filepath.Join(dir, sqlite.File+"-wal")); err != nil || info.Size() != 0 {
		t.Errorf("the file: %v, %v", info, err)
	}
	sound(t, s)
}

// TestADatabaseThatWasRemovedIsNotWritten: what is written to deleted files is
// gone with the process.
func TestADatabaseThatWasRemovedIsNotWritten(t *testing.T) {
	for name, remove := range map[string]func(dir string) error{
		"the directory": os.RemoveAll,
		"the database":  func(dir string) error { return os.Remove(filepath.Join(dir, sqlite.File)) },
		"the log":       func(dir string) error { return os.Remove(filepath.Join(dir, sqlite.File+"-wal")) },
		"the database, and another is in its place": func(dir string) error {
			path := filepath.Join(dir, sqlite.File)
			return firstError(os.Remove(path), os.WriteFile(path, nil, 0o600))
		},
	} {
		dir := filepath.Join(t.TempDir(), "data")
		s := open(t, dir)
		groups(t, s, 1, 2)
		if err := s.TryWriting(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := remove(dir); err != nil {
			t.Fatal(err)
		}
		err := s.Write(t.Context(), func(tx store.Tx) error {
			_, err := tx.Head(t.Context())
			return err
		})
		isUnavailable(t, name, err)
		isUnavailable(t, name+", tried", s.TryWriting(t.Context()))
		if got := contents(t, s).Head.Groups; got != 2 {
			t.Errorf("%s: %d groups can be read", name, got)
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func isUnavailable(t *testing.T, name string, err error) {
	t.Helper()
	if directory.KindOf(err) != directory.KindUnavailable || !strings.Contains(err.Error(), "not in its place") {
		t.Errorf("%s: %v", name, err)
	}
}
