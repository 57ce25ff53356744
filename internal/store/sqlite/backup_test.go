package sqlite_test

import (
	"crypto/sha256"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/storetest"
)

func backup(t *testing.T, s *sqlite.Store) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestABackupCanBeRestoredIntoAnEmptyDirectory(t *testing.T) {
	s := fresh(t)
	groups(t, s, 1, 50)
	token := store.Token{Hash: [32]byte{1}, User: 1}
	if _, err := s.Ephemera().PutToken(t.Context(), token, store.TokenLimit{}); err != nil {
		t.Fatal(err)
	}
	want := contents(t, s)
	path := backup(t, s)
	groups(t, s, 51, 60)

	found, err := sqlite.Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if found.Revision != 50 || found.Incarnation != 1 || found.Size != int64(len(bytes)) ||
		found.SHA256 != sha256.Sum256(bytes) {
		t.Errorf("Inspect = %+v", found)
	}

	dir := filepath.Join(t.TempDir(), "restored")
	restored, err := sqlite.Restore(t.Context(), path, dir)
	if err != nil {
		t.Fatal(err)
	}
	if restored.Revision != 50 || restored.Incarnation != 2 {
		t.Errorf("Restore = %+v", restored)
	}
	r := open(t, dir)
	sound(t, r)
	want.Head.Incarnation = 2
	if diff := cmp.Diff(want, contents(t, r)); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	if _, ok, err := r.Ephemera().Token(t.Context(), token.Hash); ok || err != nil {
		t.Errorf("a token has outlived a restore: %v", err)
	}
	groups(t, r, 51, 52)
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(bytes) {
		t.Errorf("the backup was changed, %v", err)
	}
}

func TestARestoreOverwritesNothing(t *testing.T) {
	s := fresh(t)
	groups(t, s, 1, 5)
	path := backup(t, s)
	dir := t.TempDir()
	live := open(t, dir)
	groups(t, live, 1, 2)
	refuse := func(dir, backup, why string) {
		t.Helper()
		if _, err := sqlite.Restore(t.Context(), backup, dir); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("Restore = %v, want %q", err, why)
		}
	}
	refuse(dir, path, "in use by another process")
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
	refuse(dir, path, "is there already")
	if head := contents(t, open(t, dir)).Head; head.Revision != 2 {
		t.Errorf("the directory that was there is at revision %d", head.Revision)
	}

	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "cohort.db-wal"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(empty, path, "moved away")
}

func TestOnlyASoundBackupIsRestored(t *testing.T) {
	s := fresh(t)
	groups(t, s, 1, 100)
	path := backup(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(path string) error{
		"cut":     func(path string) error { return os.Truncate(path, int64(len(whole)/2)) },
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"missing": os.Remove,
		"scribbled": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("no database", 1000)),
				0o600)
		},
		"of another": makeOther,
		"overwritten": func(path string) error {
			b := append([]byte(nil), whole...)
			for at := 2 * 4096; at+16 < len(b); at += 4096 {
				copy(b[at:], "xxxxxxxxxxxxxxxx")
			}
			return os.WriteFile(path, b, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "b.db")
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if c, err := sqlite.Restore(t.Context(), path, dir); err == nil {
				t.Errorf("Restore = %+v", c)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 1 {
				t.Errorf("a refused restore leaves %v, %v", entries, err)
			}
		})
	}
}

// makeOther puts a sound database of another program in a place.
func makeOther(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	if _, err := db.Exec("CREATE TABLE head (revision INTEGER, incarnation INTEGER); " +
		"INSERT INTO head VALUES (1, 1)"); err != nil {
		return err
	}
	return db.Close()
}

func TestABackupIsOfOneRevisionWhileOthersWrite(t *testing.T) {
	s := fresh(t)
	groups(t, s, 1, 20)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 21; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := storetest.Put(t.Context(), s, []directory.Row{directory.Group{ID: directory.GroupID(i)}}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var paths []string
	for range 3 {
		paths = append(paths, backup(t, s))
	}
	close(stop)
	writer.Wait()
	for _, path := range paths {
		dir := t.TempDir()
		if _, err := sqlite.Restore(t.Context(), path, dir); err != nil {
			t.Fatal(err)
		}
		r := open(t, dir)
		sound(t, r)
		if c := contents(t, r); int(c.Head.Groups) != len(c.Rows["group"]) || int(c.Head.Revision) != len(c.Records) {
			t.Errorf("a backup of %d groups and %d records has the head %+v", len(c.Rows["group"]), len(c.Records), c.Head)
		}
	}
}
