package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/storetest"
)

// forget commits a group, and forgets a part of the first record.
func forget(t *testing.T, s store.Store, id directory.GroupID) {
	t.Helper()
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := storetest.Plan(t.Context(), tx, []directory.Row{directory.Group{ID: id, Name: "another"}})
		if err != nil {
			return err
		}
		c.Forget = []store.Forgotten{{Revision: 1, Chunk: 0}}
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// logSize is how many bytes the write-ahead log has.
func logSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, sqlite.File+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestTheLogIsEmptyAfterSomethingWasForgotten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 3)
	if logSize(t, dir) == 0 {
		t.Fatal("the log is empty before")
	}
	forget(t, s, 4)
	if n := logSize(t, dir); n != 0 {
		t.Errorf("the log has %d bytes", n)
	}
	groups(t, s, 5, 5)
	if logSize(t, dir) == 0 {
		t.Error("the log is emptied after every write")
	}
	sound(t, s)
}

// Another process that reads does not hold up a write that forgets; the log is
// emptied by the first write after it is through.
func TestAReaderElsewherePutsOffTheEmptyingOfTheLog(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 3)
	elsewhere, err := sqlite.OpenReadOnly(t.Context(), dir)
	closeAtEnd(t, elsewhere, err)
	err = elsewhere.Read(t.Context(), func(r store.Reader) error {
		before, err := r.Head(t.Context())
		if err != nil {
			return err
		}
		began := time.Now()
		forget(t, s, 4)
		if took := time.Since(began); took > 4500*time.Millisecond { // it would wait for 5
			t.Errorf("the write took %v", took)
		}
		if logSize(t, dir) == 0 {
			t.Error("the log is empty though somebody reads from it")
		}
		after, err := r.Head(t.Context())
		if after != before {
			t.Errorf("the view went from revision %d to %d", before.Revision, after.Revision)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	groups(t, s, 5, 5)
	if n := logSize(t, dir); n != 0 {
		t.Errorf("nobody reads any more, and the log has %d bytes", n)
	}
	sound(t, s)
}

// A crash can come between a commit that forgets and the emptying of the log.
func TestTheStartEmptiesTheLogThatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 3)
	crashed := t.TempDir()
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if logSize(t, crashed) == 0 {
		t.Fatal("the log is empty before")
	}
	again := open(t, crashed)
	if n := logSize(t, crashed); n != 0 {
		t.Errorf("the log has %d bytes", n)
	}
	sound(t, again)
	if got, want := contents(t, again).Head, contents(t, s).Head; got != want {
		t.Errorf("the head is %+v, want %+v", got, want)
	}
}
