package operate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
)

// A BackupCmd copies a directory to a file.
type BackupCmd struct {
	File string `arg:"" help:"the backup to write; must not exist"`
	JSON bool   `name:"json" help:"write JSON"`
	config.Storage
}

// Help returns the details of the command's help.
func (*BackupCmd) Help() string {
	return `Writes a copy of the directory at one revision, checks it, and writes its size, hash and revision to FILE.manifest.json. A server may run on the directory meanwhile. A backup is specific to its engine: on SQLite it is a database, on PostgreSQL a file in its own format. To change engines, use cohort migrate.

A backup does not contain the keys of hidden values: copy the key file separately.

Examples:

  cohort backup /backups/cohort-monday.db
  cohort backup --data /var/lib/cohort /backups/now.db
  COHORT_DATABASE=postgres://… cohort backup /backups/now.cohort`
}

// Run writes the backup and its manifest.
func (c *BackupCmd) Run(v *cli.Invocation) (err error) {
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	path, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	s, err := app.OpenReader(v.Context, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Backup(v.Context, path); err != nil {
		return err
	}
	description, err := app.Inspect(v.Context, settings, path)
	if err != nil {
		return err
	}
	m := newManifest(filepath.Base(path), description, time.Now())
	if err := m.write(manifestPath(path)); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if err := app.NoteBackup(settings); err != nil {
		fmt.Fprintf(v.Stderr, "the time of the backup could not be stored in the data directory: %v\n", err)
	}
	return m.print(v, c.JSON, "backed up to "+c.File)
}

// A RestoreCmd creates a directory from a backup.
type RestoreCmd struct {
	File string `arg:"" help:"the backup, with its manifest beside it"`
	JSON bool   `name:"json" help:"write JSON"`
	config.Storage
}

// Help returns the details of the command's help.
func (*RestoreCmd) Help() string {
	return `Checks a backup against its manifest and creates a data directory from it, which must be absent or empty (except for the key file). With --database it fills a database without a directory, or with an empty one. The incarnation increases, so that nobody mistakes the restored history for the one that continued after the backup. All tokens end.

Put the key file of that time into the data directory, or hidden values cannot be opened.

Examples:

  cohort restore /backups/cohort-monday.db --data ./cohort-data`
}

// Run restores the backup.
func (c *RestoreCmd) Run(v *cli.Invocation) error {
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	path, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	want, err := readManifest(manifestPath(path))
	if err != nil {
		return err
	}
	if settings.Database == "" {
		err = mustBeEmpty(settings.Data)
	}
	if err != nil {
		return err
	}
	found, err := app.Inspect(v.Context, settings, path)
	if err != nil {
		return err
	}
	if err := want.matches(found); err != nil {
		return fmt.Errorf("%s is not what its manifest describes: %w", c.File, err)
	}
	restored, file, err := app.Restore(v.Context, settings, path, app.NewLog(v.Stderr, settings))
	if err != nil {
		return err
	}
	m := newManifest(file, restored, time.Now())
	return m.print(v, c.JSON, "restored into "+app.Place(settings))
}

// mustBeEmpty refuses a data directory that contains anything but keys, which are put back
// first.
func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	for _, e := range entries {
		if e.Name() != app.KeyFileName && e.Name() != app.BackupNote {
			return fmt.Errorf("the data directory %s is not empty: %s is there", dir, e.Name())
		}
	}
	return nil
}
