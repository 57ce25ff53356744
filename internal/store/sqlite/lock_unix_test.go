//go:build unix

package sqlite

import (
	"syscall"
	"testing"
)

// TestAReleasedLockIsFreeThoughAForkedProcessSharesIt holds a second descriptor
// of the lock file, as a process does between fork and exec.
func TestAReleasedLockIsFreeThoughAForkedProcessSharesIt(t *testing.T) {
	dir := t.TempDir()
	l, err := lockDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := syscall.Dup(int(l.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Close(shared); err != nil {
			t.Error(err)
		}
	}()
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lockDirectory(dir)
	if err != nil {
		t.Fatalf("a lock that was released: %v", err)
	}
	if err := again.release(); err != nil {
		t.Error(err)
	}
}
