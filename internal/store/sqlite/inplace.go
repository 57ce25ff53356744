package sqlite

import (
	"fmt"
	"os"
)

// inPlace returns what says whether a database that is open is still the file at
// its path, with its log beside it. SQLite writes to files that were deleted as if
// nothing had happened, and all of it is gone when they are closed. It is asked
// within a transaction, when there is a log.
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
