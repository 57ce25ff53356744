package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// maxComplaints is how many faults of the pages are reported at most: a
// damaged file can have one for every row.
const maxComplaints = 100

// quickCheck looks at the structure of every page, and not whether indexes
// agree with tables, which takes several times as long.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, result)
	}
	return nil
}

var errDamaged = errors.New("the database is damaged")

// damaged says what to do if err means that the file is no sound database.
func damaged(path string, err error) error {
	switch code := codeOf(err) & 0xff; {
	case errors.Is(err, errDamaged), code == sqlite3.SQLITE_CORRUPT, code == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("the database %s is damaged and is not opened; move the directory away and make a new one of a backup with `cohort restore`, with the keys of the old one (%w)", path, err)
	}
	return err
}

// Check implements store.Store.
func (s *Store) Check(ctx context.Context, report func(string)) error {
	sound := true
	complain := func(complaint string) { sound = false; report(complaint) }
	err := s.withConnection(ctx, func(h handle) error { return checkFile(ctx, h, complain) })
	if err != nil || !sound {
		return err
	}
	return s.DB.Check(ctx, report)
}

// checkFile looks at pages, indexes and references.
func checkFile(ctx context.Context, h handle, report func(string)) error {
	err := eachRow(ctx, h, fmt.Sprintf("PRAGMA integrity_check(%d)", maxComplaints), func(rows *sql.Rows) error {
		var result string
		err := rows.Scan(&result)
		if err == nil && result != "ok" {
			report(fmt.Sprintf("The database file is damaged: %s.", result))
		}
		return err
	})
	if code := codeOf(err) & 0xff; code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB {
		report("The database file is damaged so badly that it cannot be read.")
		return nil
	}
	if err != nil {
		return err
	}
	return eachRow(ctx, h, "PRAGMA foreign_key_check", func(rows *sql.Rows) error {
		var table, parent string
		var row, key sql.NullInt64
		err := rows.Scan(&table, &row, &parent, &key)
		if err == nil {
			report(fmt.Sprintf("A row of %s names a row of %s that is not there.", table, parent))
		}
		return err
	})
}

func eachRow(ctx context.Context, h handle, text string, f func(*sql.Rows) error) error {
	rows, err := h.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
