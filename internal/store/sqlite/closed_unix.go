//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// fingerprint identifies a database file and its content. It is empty if there is no file, or
// if a log beside it contains a part of the content.
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

// leaveClosed records in the lock file, which is still locked, the fingerprint of the database
// that was just closed. Without the record the next start only takes longer.
func (l *lock) leaveClosed(path string) error {
	_, err := l.file.WriteAt([]byte(fingerprint(path)), 0)
	return err
}

// takeClosed reports whether the database is the one that the last process closed, untouched
// since. It removes the record before anything is written, so a process that is killed leaves
// none.
func (l *lock) takeClosed(path string) (bool, error) {
	note, err := io.ReadAll(io.NewSectionReader(l.file, 0, 1<<10))
	if err != nil || len(note) == 0 {
		return false, err
	}
	same := string(note) == fingerprint(path)
	return same, errors.Join(l.file.Truncate(0), l.file.Sync())
}
