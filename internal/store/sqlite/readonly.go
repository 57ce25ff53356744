package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cohort/internal/store/sqlstore"
)

// OpenReadOnly opens the database in a data directory for reading, even while another process
// serves it: it takes no lock, creates nothing and migrates nothing. Every write fails. It
// refuses a missing directory and a schema of another version. It does not look for damage;
// Check does.
func OpenReadOnly(ctx context.Context, dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, File)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no directory in %s: %w", dir, err)
	}
	db, err := connect(path, reading, readers)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkVersion(ctx, db), checkSchema(ctx, db)); err != nil {
		return nil, errors.Join(damaged(path, err), db.Close())
	}
	return &Store{DB: sqlstore.New(db, db, engine(nil)), path: path}, nil
}

// checkSchema refuses a schema that is older or newer than this program's.
func checkSchema(ctx context.Context, db *sql.DB) error {
	newest, err := newestSchema()
	if err != nil {
		return err
	}
	var version int64
	if err := db.QueryRowContext(ctx,
		"SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version); err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	switch {
	case version > newest:
		return fmt.Errorf("the database has schema %d and this program knows %d: a newer version of the program has "+
			"written it", version, newest)
	case version < newest:
		return fmt.Errorf("the database has schema %d and this program needs %d: start the server once, which brings it up "+
			"to date", version, newest)
	}
	return nil
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
