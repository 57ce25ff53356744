package sqlite

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnSQLiteThatDamagesDatabasesIsRefused(t *testing.T) {
	for version, safe := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.52.0": true, "3.54.1": true, "4.0.0": true,
		"3.51.2": false, "3.40.1": false, "3.9.99": false, "2.99.99": false, "": false, "three": false,
	} {
		if err := assertVersion(version); (err == nil) != safe {
			t.Errorf("assertVersion(%q) = %v", version, err)
		}
	}
}

func TestSettingsAreReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := makeFile(path); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		m    mode
		want []pragma
		fine bool
	}{
		"a reader is no writer":       {reading, writerPragmas(), false},
		"a writer has its settings":   {writing, writerPragmas(), true},
		"a writer is no reader":       {writing, readerPragmas(), false},
		"a reader has its settings":   {reading, readerPragmas(), true},
		"a setting that nobody knows": {writing, []pragma{{"no_such_setting", "1", "1"}}, false},
		"another value is found":      {writing, []pragma{{"synchronous", "NORMAL", "1"}}, false},
	} {
		db, err := connect(path, test.m, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := assertPragmas(t.Context(), db, test.want); (err == nil) != test.fine {
			t.Errorf("%s: %v", name, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASchemaFromTheFutureIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := connect(filepath.Join(dir, File), writing, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err = Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("Open = %v", err)
	}
}

// Previews and key claims, which the first schema kept among the answers, move to
// their own tables, also from a backup.
func TestADirectoryOfTheFirstSchemaIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	db, err := connect(path, writing, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := migrator(db)
	if err == nil {
		_, err = p.UpTo(t.Context(), 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"keys of hidden values", "preview abc", "an answer to nobody"} {
		if _, err := db.Exec("INSERT INTO idempotency_keys VALUES (0, ?, zeroblob(32), CAST('k1' AS BLOB), 5)",
			key); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), path, dir); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Dir(path), dir} {
		s, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := s.Ephemera().ClaimedKey(t.Context(), "hidden values"); id != "k1" || err != nil {
			t.Errorf("the claimed key is %q, %v", id, err)
		}
		if n, err := s.Ephemera().SweepAnswers(t.Context(), 10); n != 1 || err != nil {
			t.Errorf("%d answers were there, %v; want 1", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// These are what durability and integrity hang on. They stand here as numbers,
// so that nobody changes a setting and what is expected of it in one go.
func TestTheSettingsThatDurabilityHangsOn(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "trusted_schema": "0", "cell_size_check": "1",
		"query_only": "0",
	}
	err = s.Borrow(t.Context(), func(c *sql.Conn) error {
		for name, value := range want {
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil {
				return err
			}
			if got != value {
				t.Errorf("%s is %s, want %s", name, got, value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A check that has no memory for a page says that it cannot be had, with SQLite's
// number for that; of the page it says nothing.
func TestWantOfMemoryIsNoDamage(t *testing.T) {
	for result, want := range map[string]error{
		"ok": nil,
		"Tree 5 page 7: unable to get the page. error code=7":    errNoMemory,
		"Tree 5 page 7: unable to get the page. error code=3082": errNoMemory,
		"Tree 5 page 7: unable to get the page. error code=11":   ErrDamaged,
		"Tree 5 page 7: unable to get the page. error code=778":  ErrDamaged,
		"Tree 5 page 7 cell 3: Rowid 7 out of order":             ErrDamaged,
	} {
		if err := faultOf(result); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", result, err, want)
		}
	}
	if err := damaged("x.db", errNoMemory); strings.Contains(err.Error(), "restore") || errors.Is(err, ErrDamaged) {
		t.Errorf("said to be damage: %v", err)
	}
	if err := damaged("x.db", ErrDamaged); !strings.Contains(err.Error(), "restore") || !errors.Is(err, ErrDamaged) {
		t.Errorf("said to be something else: %v", err)
	}
}
