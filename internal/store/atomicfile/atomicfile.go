// Package atomicfile makes files that are whole and on disk, or not there.
//
// It does not know their contents.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"cohort/internal/directory"
)

// Make makes a file that only its owner can read. The function write fills it
// under another name; if it succeeds the file is put on disk and gets its own
// name, which must be free, else nothing stays.
func Make(path string, write func(tmp string) error) error {
	place, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return directory.Taken("path", "%s is there already", path)
	}
	if err != nil {
		return err
	}
	err = place.Close()
	tmp := path + ".tmp"
	if err == nil {
		err = fill(path, tmp, write)
	}
	if err != nil {
		return errors.Join(err, removeAll(tmp, path))
	}
	return SyncFolder(filepath.Dir(path))
}

func fill(path, tmp string, write func(tmp string) error) error {
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := write(tmp); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func removeAll(paths ...string) error {
	var errs []error
	for _, p := range paths {
		if err := os.Remove(p); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// SyncFolder puts the names in a folder on disk.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
