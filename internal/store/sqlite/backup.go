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

	"cohort/internal/directory"
)

// Backup implements store.Store. The copy is made beside its place, checked, and
// only then given its name: a file of that name is a whole and sound backup.
// Writers go on meanwhile.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.lend(ctx, func(h handle) error {
		return install(path, func(tmp string) error {
			if _, err := h.ExecContext(ctx, "VACUUM INTO $1", tmp); err != nil {
				return fmt.Errorf("copy the database: %w", err)
			}
			_, err := Inspect(ctx, tmp)
			return err
		})
	})
}

// install makes a file under another name, puts it on disk and gives it its own
// name, which must be free.
func install(path string, write func(tmp string) error) error {
	place, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return directory.Taken("path", "%s is there already", path)
	}
	if err != nil {
		return err
	}
	err = place.Close()
	tmp := path + ".tmp"
	if err == nil {
		err = fill(path, tmp, write)
	}
	if err != nil {
		return errors.Join(err, removeAll(tmp, path))
	}
	return syncDirectory(filepath.Dir(path))
}

func fill(path, tmp string, write func(tmp string) error) error {
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := write(tmp); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func removeAll(paths ...string) error {
	var errs []error
	for _, p := range paths {
		if err := os.Remove(p); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// A Copy describes a backup: what a manifest holds.
type Copy struct {
	Size        int64 // bytes
	SHA256      [32]byte
	Revision    directory.Revision
	Incarnation int64
}

// Inspect checks that a file is a sound copy of a directory, made by this
// version of the program or an older one, and describes it. The file is not
// changed and must not be open elsewhere.
func Inspect(ctx context.Context, path string) (Copy, error) {
	var c Copy
	db, err := connect(path, reading, 1)
	if err != nil {
		return c, err
	}
	err = inspect(ctx, db, path, &c)
	if err := errors.Join(err, db.Close()); err != nil {
		return Copy{}, err
	}
	return c, sum(path, &c)
}

func inspect(ctx context.Context, db *sql.DB, path string, c *Copy) error {
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

// applicationID stands in every database of ours: "Coht".
const applicationID = 0x436f6874

func sum(path string, c *Copy) error {
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

// Restore puts a copy of a backup into a data directory that has no database,
// and describes what is there now. The directory's incarnation is raised, as its
// history may go on differently from here, and all tokens end: some may have
// been revoked since. The backup stays as it is.
func Restore(ctx context.Context, backup, dir string) (Copy, error) {
	if _, err := Inspect(ctx, backup); err != nil {
		return Copy{}, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Copy{}, err
	}
	if err := makeDirectory(dir); err != nil {
		return Copy{}, err
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return Copy{}, err
	}
	path := filepath.Join(dir, File)
	err = restore(ctx, backup, path)
	var c Copy
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
	return install(path, func(tmp string) error {
		if err := copyFile(backup, tmp); err != nil {
			return fmt.Errorf("copy the backup: %w", err)
		}
		db, err := connect(tmp, restoring, 1)
		if err != nil {
			return err
		}
		return errors.Join(beginAnew(ctx, db), db.Close())
	})
}

// beginAnew marks a restored directory as another one than it was.
func beginAnew(ctx context.Context, db *sql.DB) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() // after Commit it does nothing
	for _, text := range []string{"UPDATE head SET incarnation = incarnation + 1", "DELETE FROM tokens"} {
		if _, err := t.ExecContext(ctx, text); err != nil {
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
