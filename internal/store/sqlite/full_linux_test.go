package sqlite_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The disk is a file system of its own in memory, which only root can mount;
// for others TestAFullDiskIsRefusedAndLeavesNoDamage has to do.
func TestAFileSystemWithoutRoomIsRefused(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=12m,mode=0700"); err != nil {
		t.Logf("no file system can be mounted here: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(disk, "ballast")
	// More than the log takes: its content has to fit into the database too.
	if err := os.WriteFile(ballast, make([]byte, 7<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(disk, "data")
	s := open(t, dir)
	groups(t, s, 1, 20)
	fillUp(t, s, 21)
	fillUp(t, s, int(contents(t, s).Head.Next.Group))
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	goesOn(t, s, dir)
}
