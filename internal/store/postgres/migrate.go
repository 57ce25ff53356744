package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// migrations only grow: a released file never changes, which a test checks.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the key of the advisory lock that one node holds while it updates the
// schema: "Cohort" as a number.
const migrationLock = 0x436f686f7274

// migrate updates the schema, once, however many nodes start at the same time. The lock
// belongs to a transaction, because a session's lock would not survive a pooler. It is held on
// a connection of its own while goose works on another. A schema from the future is refused.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	newest, err := newestSchema()
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, db)
	if err != nil || version == newest {
		return err
	}
	if version > newest {
		return fromTheFuture(version, newest)
	}
	return locked(ctx, db, newest, log)
}

// locked updates the schema to a version while no other node does.
func locked(ctx context.Context, db *sql.DB, to int64, log *slog.Logger) error {
	var version int64
	for {
		lock, held, err := tryLock(ctx, db)
		if err != nil {
			return fmt.Errorf("lock the schema: %w", err)
		}
		defer lock.Rollback() // the lock ends with the transaction
		// Another node may have been faster.
		if version, err = schemaVersion(ctx, db); err != nil || version >= to {
			return err
		}
		if held {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockInterval):
		}
	}
	log.Info("bringing the schema of the database up to date", "from", version, "to", to)
	if err := up(ctx, db, to); err != nil {
		return fmt.Errorf("bring the schema up to date from %d to %d: %w", version, to, err)
	}
	log.Info("the schema of the database is up to date", "schema", to)
	return nil
}

// lockInterval is how often a node checks whether another has done the work. A node that
// waited in the database would hold a connection, and behind a pooler all of them may be held
// before the working node gets its second one.
const lockInterval = 200 * time.Millisecond

// tryLock begins a transaction that holds the lock, if nobody else does. If held is false, the
// transaction is over.
func tryLock(ctx context.Context, db *sql.DB) (lock *sql.Tx, held bool, err error) {
	lock, err = db.BeginTx(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	err = lock.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(migrationLock)).Scan(&held)
	if err != nil || !held {
		err = errors.Join(err, lock.Rollback())
	}
	return lock, held, err
}

func up(ctx context.Context, db *sql.DB, to int64) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, to)
	return err
}

func fromTheFuture(version, newest int64) error {
	return fmt.Errorf("the database has schema %d and this program knows %d: "+
		"a newer version of the program has written it", version, newest)
}

// checkSchema refuses a schema that is older or newer than this program's.
func checkSchema(ctx context.Context, db *sql.DB) error {
	newest, err := newestSchema()
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, db)
	switch {
	case err != nil:
		return err
	case version == 0:
		return errors.New("there is no directory in the database")
	case version > newest:
		return fromTheFuture(version, newest)
	case version < newest:
		return fmt.Errorf("the database has schema %d and this program needs %d: start the server once, which brings it up "+
			"to date", version, newest)
	}
	return nil
}

// schemaVersion returns the number of the last applied migration, or 0.
func schemaVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	var there bool
	if err := db.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version') IS NOT NULL").Scan(&there); err != nil {
		return 0, fmt.Errorf("look for the schema: %w", err)
	}
	if !there {
		return 0, nil
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) "+
		"FROM goose_db_version WHERE is_applied").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the version of the schema: %w", err)
	}
	return version, nil
}

// newestSchema returns the number of the last migration.
func newestSchema() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(filepath.Base(files[len(files)-1]), "_")
	return strconv.ParseInt(number, 10, 64)
}
