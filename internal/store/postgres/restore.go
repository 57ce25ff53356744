package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/jackc/pgx/v5"

	"cohort/internal/store"
	"cohort/internal/store/sqlstore"
)

// Restore copies a backup to a database without our tables, or with an empty directory, and
// describes the result. It increases the incarnation, because the history may continue
// differently, and ends all tokens, because some may have been revoked since. Everything but
// the schema happens completely or not at all. The schema becomes that of the backup and then
// this program's.
func Restore(ctx context.Context, path, url string, log *slog.Logger) (store.Copy, error) {
	s, err := parse(url)
	if err != nil {
		return store.Copy{}, err
	}
	c, p, err := inspect(path)
	if err != nil {
		return store.Copy{}, err
	}
	s = s.writable()
	if err := s.prepare(ctx, p.Schema, log); err != nil {
		return store.Copy{}, err
	}
	if err := s.session(ctx, func(conn *pgx.Conn) error { return restore(ctx, conn, path, p) }); err != nil {
		return store.Copy{}, err
	}
	st, err := Open(ctx, url, log) // which migrates
	if err != nil {
		return store.Copy{}, err
	}
	c.Incarnation++
	return c, st.Close()
}

// prepare creates the schema of the backup in a database without one.
func (s settings) prepare(ctx context.Context, schema int64, log *slog.Logger) error {
	db := s.handle(2, 0)
	err := checkServer(ctx, db)
	if err == nil {
		err = migrateTo(ctx, db, schema, log)
	}
	return errors.Join(err, db.Close())
}

func migrateTo(ctx context.Context, db *sql.DB, schema int64, log *slog.Logger) error {
	newest, err := newestSchema()
	if err != nil {
		return err
	}
	if schema > newest {
		return fmt.Errorf("the backup has schema %d and this program knows %d: a newer version of the program has written it",
			schema, newest)
	}
	version, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if version > schema {
		return fmt.Errorf("the database has schema %d, newer than the backup's %d; restore into an empty database", version,
			schema)
	}
	return locked(ctx, db, schema, log)
}

func restore(ctx context.Context, conn *pgx.Conn, path string, p prologue) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) // does nothing after Commit
	if _, err := tx.Exec(ctx, "SELECT id FROM head WHERE id = 1 FOR UPDATE"); err != nil {
		return err
	}
	if err := mustBeEmpty(ctx, tx); err != nil {
		return err
	}
	if err := copyIn(ctx, tx, path, p); err != nil {
		return err
	}
	if err := startIncarnation(ctx, tx, p.Tables); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return err
}

// startIncarnation makes a restored directory another incarnation.
func startIncarnation(ctx context.Context, tx pgx.Tx, there []table) error {
	if _, err := tx.Exec(ctx, "UPDATE head SET incarnation = incarnation + 1"); err != nil {
		return err
	}
	for _, t := range there {
		if !slices.Contains(sqlstore.EndedByRestore(), t.Name) {
			continue
		}
		if _, err := tx.Exec(ctx, "DELETE FROM "+pgx.Identifier{t.Name}.Sanitize()); err != nil {
			return err
		}
	}
	return nil
}

// mustBeEmpty refuses to overwrite anything with a backup.
func mustBeEmpty(ctx context.Context, tx pgx.Tx) error {
	there, err := layout(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range there {
		name := t.Name
		text := "SELECT EXISTS (SELECT FROM " + pgx.Identifier{name}.Sanitize() + ")"
		if name == "head" {
			text = "SELECT EXISTS (SELECT FROM head WHERE revision <> 0 OR users <> 0 OR groups <> 0)"
		}
		var full bool
		if err := tx.QueryRow(ctx, text).Scan(&full); err != nil {
			return err
		}
		if full {
			return fmt.Errorf("the database is not empty: there is something in %s", name)
		}
	}
	_, err = tx.Exec(ctx, "DELETE FROM head")
	return err
}

func copyIn(ctx context.Context, tx pgx.Tx, path string, p prologue) error {
	ours, err := layout(ctx, tx)
	if err != nil {
		return err
	}
	// Text of the file becomes part of a statement only if it equals ours.
	if !slices.EqualFunc(ours, p.Tables, func(a, b table) bool {
		return a.Name == b.Name &&
			slices.Equal(a.Columns, b.Columns)
	}) {
		return errors.New("the tables of the backup are not those of its schema")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := newBackupReader(f)
	if _, err := in.prologue(); err != nil {
		return err
	}
	for _, t := range ours {
		if _, err := tx.Conn().PgConn().CopyFrom(ctx, in.table(), t.copyStatement("FROM STDIN")); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return in.trailer()
}
