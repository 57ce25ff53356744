package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"cohort/internal/store/sqlstore"
)

// maxComplaints limits the reported faults of pages, because a damaged file can have one for
// every row.
const maxComplaints = 100

// quickCheck checks the structure of every page, but not whether indexes match tables, which
// takes several times as long.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	return faultOf(result)
}

// ErrDamaged is a cause of errors about a damaged database.
var ErrDamaged = errors.New("the database is damaged")

// errNoMemory says that pages could not be checked, which says nothing about them.
var errNoMemory = errors.New("there is too little memory to look at the pages of the database; give the process more")

// faultOf converts the result of a check of pages. A page that there was no memory for is
// reported like one that cannot be read, and is no damage.
func faultOf(result string) error {
	if result == "ok" {
		return nil
	}
	for _, code := range []int{sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR_NOMEM} {
		if strings.HasSuffix(result, fmt.Sprintf("error code=%d", code)) ||
			strings.Contains(result, fmt.Sprintf("error code=%d\n", code)) {
			return errNoMemory
		}
	}
	return fmt.Errorf("%w: %s", ErrDamaged, result)
}

// damaged adds what to do if err means that the file is not a sound database.
func damaged(path string, err error) error {
	switch code := codeOf(err) & 0xff; {
	case errors.Is(err, ErrDamaged), code == sqlite3.SQLITE_CORRUPT, code == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("the database %s is damaged and is not opened; move the directory away and make a new one of a "+
			"backup with `cohort restore`, with the keys of the old one (%w)",
			path, damage{err})
	case classify(err) == sqlstore.NoMemory:
		return fmt.Errorf("%w (%w)", errNoMemory, err)
	}
	return err
}

// damage is an error about a damaged database.
type damage struct{ error }

// Is implements the interface of errors.Is.
func (damage) Is(target error) bool { return target == ErrDamaged }

// Unwrap returns the cause.
func (d damage) Unwrap() error { return d.error }

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

// checkFile checks pages, indexes and references.
func checkFile(ctx context.Context, h handle, report func(string)) error {
	err := eachRow(ctx, h, fmt.Sprintf("PRAGMA integrity_check(%d)", maxComplaints), func(rows *sql.Rows) error {
		var result string
		err := rows.Scan(&result)
		switch fault := faultOf(result); {
		case err != nil:
			return err
		case errors.Is(fault, errNoMemory):
			return fault
		case fault != nil:
			report(fmt.Sprintf("The database file is damaged: %s.", result))
		}
		return nil
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
