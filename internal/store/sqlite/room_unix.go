//go:build linux || darwin

package sqlite

import "syscall"

// room returns how many bytes can be written at a path. ok is false if it is unknown.
func room(path string) (bytes int64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // it has another type on darwin
}
