//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// fingerprint tells a database file from every other one, and from what it
// becomes when somebody writes to it. It is empty if there is none, or if the
// file does not hold everything because there is a log beside it.
func fingerprint(path string) string {
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("closed %d %d %d %d\n", info.Size(), info.ModTime().UnixNano(), stat.Dev, stat.Ino)
}

// leaveClosed notes in the lock file, which is still locked, what the database
// is like that was closed just now. If the note is lost nothing is: the next
// start takes longer.
func (l *lock) leaveClosed(path string) error {
	_, err := l.file.WriteAt([]byte(fingerprint(path)), 0)
	return err
}

// takeClosed reports whether the database is the one that the last process has
// closed, untouched since. The note is taken back before anything is written:
// a process that does not come to its end leaves none.
func (l *lock) takeClosed(path string) (bool, error) {
	note, err := io.ReadAll(io.NewSectionReader(l.file, 0, 1<<10))
	if err != nil || len(note) == 0 {
		return false, err
	}
	same := string(note) == fingerprint(path)
	return same, errors.Join(l.file.Truncate(0), l.file.Sync())
}
