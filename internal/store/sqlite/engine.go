package sqlite

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"cohort/internal/store/sqlstore"
)

// engine describes SQLite to sqlstore. Beginning a transaction on the writing connection makes
// transactions serial already. Intact is nil in memory.
func engine(intact func() error) sqlstore.Engine {
	return sqlstore.Engine{
		BeginRead: "BEGIN", BeginWrite: "BEGIN IMMEDIATE", Prepare: true, Classify: classify, Scrub: scrub, Intact: intact,
	}
}

// codeOf returns SQLite's result code, or 0.
func codeOf(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

func classify(err error) sqlstore.Failure {
	switch codeOf(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return sqlstore.Busy
	case sqlite3.SQLITE_FULL:
		return sqlstore.Full
	case sqlite3.SQLITE_CONSTRAINT:
		return sqlstore.Constraint
	case sqlite3.SQLITE_NOMEM:
		return sqlstore.NoMemory
	}
	if codeOf(err) == sqlite3.SQLITE_IOERR_NOMEM {
		return sqlstore.NoMemory
	}
	return sqlstore.Other
}
