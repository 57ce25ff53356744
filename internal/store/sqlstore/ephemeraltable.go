package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// An ephemeralTable has rows without a revision.
type ephemeralTable[T any] struct {
	name    string
	columns []string // the primary key first
	keys    int      // columns of the primary key
	fields  func(*T) []any
}

// newEphemeral describes a table. columns are separated by blanks.
func newEphemeral[T any](name string, keys int, columns string, fields func(*T) []any) ephemeralTable[T] {
	return ephemeralTable[T]{name, strings.Fields(columns), keys, fields}
}

// insertText returns the statement that adds a row.
func (l ephemeralTable[T]) insertText() string {
	marks := make([]string, len(l.columns))
	for i := range marks {
		marks[i] = fmt.Sprint("$", i+1)
	}
	return "INSERT INTO " + l.name + " (" + strings.Join(l.columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

// insert adds a row. A row with the same key is an error.
func (l ephemeralTable[T]) insert(t *tx, row T) error {
	return t.exec(l.insertText(), valuesOf(nil, l.fields(&row))...)
}

// put adds a row, or replaces the one with its key.
func (l ephemeralTable[T]) put(t *tx, row T) error {
	var set []string
	for _, c := range l.columns[l.keys:] {
		set = append(set, c+" = excluded."+c)
	}
	text := l.insertText() + " ON CONFLICT (" + strings.Join(l.columns[:l.keys], ", ") + ") DO UPDATE SET " +
		strings.Join(set, ", ")
	return t.exec(text, valuesOf(nil, l.fields(&row))...)
}

// list returns the rows that a condition selects, including its order and limit.
func (l ephemeralTable[T]) list(ctx context.Context, r *reader, where string, args ...any) (rows []T, err error) {
	var row T
	text := "SELECT " + strings.Join(l.columns, ", ") + " FROM " + l.name + " " + where
	err = r.query(ctx, text, args, l.fields(&row), func() error { rows = append(rows, row); return nil })
	return rows, err
}

// first returns the first row that a condition selects. ok is false if there is none.
func (l ephemeralTable[T]) first(
	ctx context.Context, r *reader, where string, args ...any,
) (row T, ok bool, err error) {
	rows, err := l.list(ctx, r, where, args...)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// ephemera gives access to the rows without a revision.
type ephemera struct{ db *DB }

// insertEphemeral adds a row in a transaction of its own.
func insertEphemeral[T any](ctx context.Context, e ephemera, l ephemeralTable[T], row T) error {
	return e.db.write(ctx, func(t *tx) error { return l.insert(t, row) })
}

// listEphemeral reads rows. where includes the order and the limit.
func listEphemeral[T any](
	ctx context.Context, e ephemera, l ephemeralTable[T], where string, args ...any,
) (rows []T, err error) {
	err = e.db.read(ctx, func(r *reader) error {
		rows, err = l.list(ctx, r, where, args...)
		return err
	})
	return rows, err
}

// firstEphemeral reads a row. ok is false if there is none.
func firstEphemeral[T any](ctx context.Context, e ephemera, l ephemeralTable[T], where string,
	args ...any) (row T, ok bool, err error) {
	err = e.db.read(ctx, func(r *reader) error {
		row, ok, err = l.first(ctx, r, where, args...)
		return err
	})
	return row, ok, err
}

// change runs a statement and returns how many rows it changed or removed.
func (e ephemera) change(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		n, err = t.change(text, args...)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// sweep removes the rows from before a time in a column.
func (e ephemera) sweep(ctx context.Context, table, column string, before directory.Instant) (int64, error) {
	return e.change(ctx, "DELETE FROM "+table+" WHERE "+column+" < $1", int64(before))
}

// EphemeralTables returns the tables whose rows have no revision.
func EphemeralTables() []string {
	return []string{"tokens", "token_feed", "token_ends", "login_attempts", "reveals", "idempotency_keys", "previews",
		"key_claims", "sign_in_links", "pending_sign_ins", "sign_ins", "logout_notes", "drafts", "scim_notes", "imports",
		"history_uses", "nodes", "upgrades", "credential_uses"}
}

// EndedByRestore returns the tables whose rows end when a backup is restored, because what was
// valid at the time of the backup may have ended since.
func EndedByRestore() []string {
	return []string{"tokens", "previews", "sign_in_links", "pending_sign_ins", "sign_ins", "nodes"}
}
