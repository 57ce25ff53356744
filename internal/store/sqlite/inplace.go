package sqlite

import (
	"fmt"
	"os"
)

// inPlace returns a function that checks whether an open database is still the file at its
// path, with its log beside it. SQLite writes to deleted files as if nothing had happened, and
// everything is lost when they are closed. The function is called within a transaction, when
// there is a log.
func inPlace(path string, opened os.FileInfo) func() error {
	return func() error {
		now, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("the database was removed while it was in use: %w", err)
		}
		if !os.SameFile(opened, now) {
			return fmt.Errorf("%s is another file than the database that is in use", path)
		}
		if _, err := os.Stat(path + "-wal"); err != nil {
			return fmt.Errorf("the log of the database was removed while it was in use: %w", err)
		}
		return nil
	}
}
