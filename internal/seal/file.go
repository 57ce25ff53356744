package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads the ring of a key file. If there is no such file, it creates one with a new key,
// readable by its owner only, and made is true, so that somebody can be told to keep a copy.
// The file is complete and on disk before it gets its name, so a crash leaves no partial file.
//
// A file that others can read or write is refused, and so is one that is not a regular file.
func Load(path string) (ring *Ring, made bool, err error) {
	ring, err = read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, false, err
	}
	if ring, err = newRing(nil); err != nil {
		return nil, false, err
	}
	switch err = write(path, ring, os.Link); {
	case err == nil:
		return ring, true, nil
	case errors.Is(err, fs.ErrExist): // another process was quicker
		ring, err = read(path)
	}
	if err != nil {
		return nil, false, fmt.Errorf("make the key file: %w", err)
	}
	return ring, false, nil
}

// Rotate adds a new key before those of a key file. After the next Load it seals, and the
// others still open. The file is replaced as a whole.
func Rotate(path string) (*Ring, error) {
	older, err := read(path)
	if err != nil {
		return nil, err
	}
	ring, err := newRing(older)
	if err != nil {
		return nil, err
	}
	if err := write(path, ring, os.Rename); err != nil {
		return nil, fmt.Errorf("replace the key file: %w", err)
	}
	return ring, nil
}

func read(path string) (*Ring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the key file: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("key file %s: is not a plain file", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("key file %s: others can use it (mode %04o); chmod 600 it", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	ring, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return ring, nil
}

// write writes the ring to a new file and gives it its name when it is on disk: by linking,
// which fails if the name is taken, or by renaming.
func write(path string, ring *Ring, name func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // of mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after a rename there is nothing to remove
	_, err = f.WriteString(ring.text())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := name(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
