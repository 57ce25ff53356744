package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"cohort/internal/store"
)

// OpenTarget is Open for a migration: nobody else opens a database whose schema it creates
// until Begun says that its content shows the migration.
func OpenTarget(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	s, err := parse(url)
	if err != nil {
		return nil, err
	}
	return open(ctx, s.writable(), func(db *sql.DB) error {
		if err := noteTarget(ctx, db); err != nil {
			return err
		}
		return migrate(ctx, db, log)
	})
}

// Begun says that the database no longer looks new.
func (s *Store) Begun(ctx context.Context) error {
	return s.Borrow(ctx, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, "DROP TABLE IF EXISTS migration_target")
		return err
	})
}

// noteTarget records that a new schema is for a migration. An existing schema shows itself
// what it is.
func noteTarget(ctx context.Context, db *sql.DB) error {
	version, err := schemaVersion(ctx, db)
	if err != nil || version > 0 {
		return err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS migration_target ()"); err != nil {
		return fmt.Errorf("note the migration: %w", err)
	}
	return nil
}

// refuseTarget refuses a database of a migration that has not begun.
func refuseTarget(ctx context.Context, db *sql.DB) error {
	var noted bool
	err := db.QueryRowContext(ctx, "SELECT to_regclass('migration_target') IS NOT NULL").Scan(&noted)
	if err != nil {
		return fmt.Errorf("look for a migration: %w", err)
	}
	if noted {
		return store.ErrUnmoved
	}
	return nil
}
