// Package exportfile opens and writes the files of cohort export, which are
// compressed if their names say so.
package exportfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cohort/internal/transfer"
)

// Write writes a file under another name, compressed if its name says so,
// and gives it its name when it is on disk. It is its owner's only: there are
// people in it.
func Write(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	var w io.Writer = f
	finish := func() error { return nil }
	if strings.HasSuffix(path, ".gz") {
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is one that there is
		w, finish = z, z.Close
	}
	if err := write(w); err != nil {
		return err
	}
	if err := errors.Join(finish(), f.Sync()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

// Check reads a file to its end.
func Check(path string) (transfer.Trailer, error) {
	f, err := Open(path)
	if err != nil {
		return transfer.Trailer{}, err
	}
	defer f.Close()
	_, trailer, err := transfer.Check(f)
	return trailer, err
}

// Open opens a file, and decompresses it if its name says so.
func Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return f, err
	}
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}
