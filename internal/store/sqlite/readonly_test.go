package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func TestADirectoryIsReadBesideTheProcessThatServesIt(t *testing.T) {
	dir := t.TempDir()
	serving, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close()
	write := func(s *Store, name string) error {
		return s.Write(t.Context(), func(tx store.Tx) error {
			h, err := tx.Head(t.Context())
			if err != nil {
				return err
			}
			h.Next.Group, h.Groups = h.Next.Group+1, h.Groups+1
			return tx.Append(t.Context(), store.Commit{
				Writes: []directory.RowWrite{{After: directory.Group{ID: h.Next.Group - 1, Name: name}}},
				Head:   h,
			})
		})
	}
	if err := write(serving, "written before"); err != nil {
		t.Fatal(err)
	}
	reading, err := OpenReadOnly(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Close()
	if err := write(serving, "written while it is open"); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	err = reading.Read(t.Context(), func(r store.Reader) error {
		return r.Scan(t.Context(), directory.RowGroup, func(row directory.Row) error {
			names[row.(directory.Group).Name] = true
			return nil
		})
	})
	if err != nil || len(names) != 2 {
		t.Errorf("groups %v, %v; want both", names, err)
	}
	if err := write(reading, "by a reader"); err == nil {
		t.Error("a store that is open for reading could write")
	}
	if err := reading.Backup(t.Context(), filepath.Join(t.TempDir(), "b")); err != nil {
		t.Errorf("Backup: %v", err)
	}
	if err := reading.Check(t.Context(), func(what string) { t.Errorf("Check: %s", what) }); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func TestOnlyTheSchemaOfThisProgramIsRead(t *testing.T) {
	for _, test := range []struct{ name, change, want string }{
		{"An older one", "UPDATE goose_db_version SET version_id = version_id - 1", "start the server once"},
		{"A newer one", "UPDATE goose_db_version SET version_id = version_id + 1 WHERE version_id > 0",
			"a newer version of the program"},
	} {
		t.Run(test.name, func(t *testing.T) {
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
			if _, err := db.ExecContext(t.Context(), test.change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenReadOnly(t.Context(), dir); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("OpenReadOnly: %v, want an error with %q", err, test.want)
			}
		})
	}
	if _, err := OpenReadOnly(t.Context(), t.TempDir()); err == nil {
		t.Error("an empty directory could be opened for reading")
	}
}
