package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cohort/internal/store"
	"cohort/internal/store/atomicfile"
	"cohort/internal/store/sqlstore"
)

// Learn implements store.Store. What is asked of this engine is written for its plans without
// statistics.
func (s *Store) Learn(ctx context.Context) error {
	return s.Hold(ctx, func() error { return nil })
}

// Backup implements store.Store. It makes the copy beside its final place, checks it, and only
// then names it: a file with that name is a complete and sound backup. Writers continue
// meanwhile.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.withConnection(ctx, func(h handle) error {
		return atomicfile.Make(path, func(tmp string) error {
			if _, err := h.ExecContext(ctx, "VACUUM INTO $1", tmp); err != nil {
				return fmt.Errorf("copy the database: %w", err)
			}
			_, err := Inspect(ctx, tmp)
			return err
		})
	})
}

// Inspect checks that a file is a sound copy of a directory, made by this version of the
// program or an older one, and describes it. It does not change the file, which must not be
// open elsewhere.
func Inspect(ctx context.Context, path string) (store.Copy, error) {
	var c store.Copy
	db, err := connect(path, reading, 1)
	if err != nil {
		return c, err
	}
	err = inspect(ctx, db, path, &c)
	if err := errors.Join(err, db.Close()); err != nil {
		return store.Copy{}, err
	}
	return c, sum(path, &c)
}

func inspect(ctx context.Context, db *sql.DB, path string, c *store.Copy) error {
	var ours int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&ours); err != nil {
		return fmt.Errorf("%s is not a backup of a directory: %w", path, err)
	}
	if ours != applicationID {
		return fmt.Errorf("%s is not a backup of a directory", path)
	}
	var complaint string
	err := checkFile(ctx, db, func(s string) {
		if complaint == "" {
			complaint = s
		}
	})
	if err != nil {
		return err
	}
	if complaint != "" {
		return fmt.Errorf("%s is damaged: %s", path, complaint)
	}
	return db.QueryRowContext(ctx, "SELECT revision, incarnation FROM head").Scan(&c.Revision, &c.Incarnation)
}

// applicationID identifies databases of Cohort: "Coht".
const applicationID = 0x436f6874

func sum(path string, c *store.Copy) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if c.Size, err = io.Copy(h, f); err != nil {
		return err
	}
	h.Sum(c.SHA256[:0])
	return nil
}

// Restore copies a backup to a data directory without a database, and describes the result. It
// increases the incarnation, because the history may continue differently, and ends all
// tokens, because some may have been revoked since. The backup is not changed.
func Restore(ctx context.Context, backup, dir string) (store.Copy, error) {
	if _, err := Inspect(ctx, backup); err != nil {
		return store.Copy{}, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return store.Copy{}, err
	}
	if err := makeDirectory(dir); err != nil {
		return store.Copy{}, err
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return store.Copy{}, err
	}
	path := filepath.Join(dir, File)
	err = restore(ctx, backup, path)
	var c store.Copy
	if err == nil {
		c, err = Inspect(ctx, path)
	}
	return c, errors.Join(err, lock.release())
}

func restore(ctx context.Context, backup, path string) error {
	for _, leftover := range []string{path + "-wal", path + "-journal"} {
		if _, err := os.Lstat(leftover); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there: it belongs to a database that was moved away, and must go with it", leftover)
		}
	}
	return atomicfile.Make(path, func(tmp string) error {
		if err := copyFile(backup, tmp); err != nil {
			return fmt.Errorf("copy the backup: %w", err)
		}
		db, err := connect(tmp, restoring, 1)
		if err != nil {
			return err
		}
		return errors.Join(startIncarnation(ctx, db), db.Close())
	})
}

// startIncarnation makes a restored directory another incarnation.
func startIncarnation(ctx context.Context, db *sql.DB) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() // does nothing after Commit
	if _, err := t.ExecContext(ctx, "UPDATE head SET incarnation = incarnation + 1"); err != nil {
		return err
	}
	for _, table := range sqlstore.EndedByRestore() {
		var there bool // a backup of an older schema may lack it
		err := t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)",
			table).Scan(&there)
		if err == nil && there {
			_, err = t.ExecContext(ctx, "DELETE FROM "+table)
		}
		if err != nil {
			return err
		}
	}
	return t.Commit()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
