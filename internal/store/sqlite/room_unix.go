//go:build linux || darwin

package sqlite

import "syscall"

// room is how many bytes can yet be written where a path is; ok is false if
// nobody knows.
func room(path string) (bytes int64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // it has another type on darwin
}
