//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile is the file whose lock says that a data directory is in use. The lock ends with the
// process, however it ends; the file stays.
const lockFile = "cohort.lock"

// A lock keeps other processes out of a data directory.
type lock struct{ file *os.File }

// lockDirectory takes the lock of a data directory, or fails if another process has it.
func lockDirectory(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory %s: %w", dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &lock{f}, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("the data directory %s is in use by another process; stop it first, or use another directory", dir)
	} else {
		err = fmt.Errorf("lock the data directory %s: %w", dir, err)
	}
	return nil, errors.Join(err, f.Close())
}

// release releases the lock at once. Closing the file alone would not: a child process that is
// being started at that moment shares the lock until it executes its program.
func (l *lock) release() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}
