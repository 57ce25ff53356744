package storage

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/store/sqlite"
)

// Bare inserts fill the same columns as an import; otherwise the comparison would be wrong.
func TestBareInsertsAndImportsWriteTheSameRows(t *testing.T) {
	d := sample.New(sample.Budget(300), sample.Initialized())
	imported, bare := t.TempDir(), t.TempDir()
	if _, err := importInto(t.Context(), imported, d); err != nil {
		t.Fatal(err)
	}
	if _, err := insertInto(t.Context(), bare, d); err != nil {
		t.Fatal(err)
	}
	for _, table := range bareTables() {
		if diff := cmp.Diff(dump(t, imported, table), dump(t, bare, table)); diff != "" {
			t.Errorf("%s (-import +bare inserts):\n%.2000s", table.name, diff)
		}
	}
}

// dump reads a table without the rows that every directory has, and without the revision that
// last touched a user.
func dump(t *testing.T, path string, table bareTable) (rows []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(path, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	columns := strings.Split(strings.TrimSuffix(table.columns, ", touched_rev"), ", ")
	where := map[directory.RowKind]string{directory.RowGroup: " WHERE id > 1",
		directory.RowAttribute: " WHERE id > 13"}[table.kind]
	found, err := db.QueryContext(t.Context(),
		"SELECT "+strings.Join(columns, " || '|' || ")+" FROM "+table.name+where+" ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", table.name, len(rows), err)
	}
	return rows
}
