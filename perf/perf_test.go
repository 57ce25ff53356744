package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/store/sqlite"
)

// The lines that need no other process work, whatever they measure. What they
// measure here is nothing: the directory is tiny, and there is one round.
func TestLinesCanBeMeasured(t *testing.T) {
	l := lab{Work: t.TempDir(), Scale: 0.001, Rounds: 1, Burst: 100 * time.Millisecond, out: t.Output()}
	ours := map[string]bool{
		"effective": true, "writes-sqlite": true, "preview": true, "holders": true, "members": true, "search": true,
		"growth-users": true,
	}
	for _, one := range lines() {
		if !ours[one.name] {
			continue
		}
		delete(ours, one.name)
		t.Run(one.name, func(t *testing.T) {
			l := l
			l.line = one.name
			r, err := one.run(t.Context(), &l)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Verdicts) == 0 || len(r.Notes) == 0 {
				t.Errorf("the line says %+v", r)
			}
		})
	}
	if len(ours) > 0 {
		t.Errorf("there are no lines %v", ours)
	}
}

// Bare inserts fill the same columns as an import, or they would be compared
// with something else.
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

// dump reads a table, without what every directory has and without the
// revision that touched a user.
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
