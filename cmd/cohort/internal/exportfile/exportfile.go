// Package exportfile opens and writes the files of cohort export. A name that ends in .gz
// means that the file is compressed.
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

// Write writes a file under a temporary name and renames it when it is on disk. Only its owner
// may read it, as it contains personal data.
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
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is valid
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

// Check reads a file to its end and checks it.
func Check(path string) (transfer.Trailer, error) {
	f, err := Open(path)
	if err != nil {
		return transfer.Trailer{}, err
	}
	defer f.Close()
	_, trailer, err := transfer.Check(f)
	return trailer, err
}

// Open opens a file, decompressed.
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
