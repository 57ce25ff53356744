package record

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"

	"cohort/internal/directory"
)

// A chunk, before it is deflated, is the byte 1 (its version) and then, for
// each row write, the kind's name, the image before and the image after, each
// with its length in front; an image that is not there has length 0.
const (
	chunkVersion = 1
	chunkSize    = 128 << 10 // of the raw bytes; a write that is larger has a chunk of its own
	maxInflated  = 64 << 20  // no write is so large; keeps damage from eating the memory
)

// appendWrite appends one row write to a raw chunk, and gives scratch back.
func appendWrite(raw []byte, w directory.RowWrite, scratch []byte) (longer, space []byte, err error) {
	raw = appendPart(raw, []byte(w.Key().Kind.String()))
	for _, row := range []directory.Row{w.Before, w.After} {
		scratch = scratch[:0]
		if row != nil {
			scratch = AppendImage(scratch, row)
		}
		if !utf8.Valid(scratch) {
			return nil, nil, fmt.Errorf("a %s has a text that is not valid UTF-8", w.Key().Kind)
		}
		raw = appendPart(raw, scratch)
	}
	return raw, scratch, nil
}

func appendPart(raw, part []byte) []byte {
	return append(binary.AppendUvarint(raw, uint64(len(part))), part...)
}

// deflaters keeps compressors for later use, for making one takes longer than
// to deflate what most changes have. What it holds changes no result.
//
//nolint:gochecknoglobals // a cache, which the garbage collector may empty
var deflaters sync.Pool

func deflate(raw []byte) ([]byte, error) {
	w, ok := deflaters.Get().(*flate.Writer)
	if !ok {
		var err error
		if w, err = flate.NewWriter(io.Discard, flate.BestSpeed); err != nil {
			return nil, fmt.Errorf("deflate: %w", err)
		}
	}
	defer deflaters.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(raw); err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
	return b.Bytes(), nil
}

func inflate(images []byte) ([]byte, error) {
	in := bytes.NewReader(images)
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(in), maxInflated+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("inflate: %w", err)
	case len(raw) > maxInflated:
		return nil, errors.New("inflate: too large")
	case in.Len() > 0:
		return nil, errors.New("inflate: something follows the end")
	}
	return raw, nil
}

// eachWrite calls f with the kind and the two images of every write of a raw
// chunk.
func eachWrite(raw []byte, f func(kind directory.RowKind, before, after []byte) error) error {
	if len(raw) == 0 || raw[0] != chunkVersion {
		return errors.New("the chunk is of no known version")
	}
	rest := raw[1:]
	for len(rest) > 0 {
		var parts [3][]byte
		for i := range parts {
			n, used := binary.Uvarint(rest)
			if used <= 0 || n > uint64(len(rest)-used) {
				return errors.New("the chunk is cut off")
			}
			parts[i], rest = rest[used:used+int(n)], rest[used+int(n):]
		}
		kind, ok := kindNamed(string(parts[0]))
		if !ok {
			return errors.New("the chunk has a row of no known kind")
		}
		if err := f(kind, parts[1], parts[2]); err != nil {
			return err
		}
	}
	return nil
}

func kindNamed(name string) (directory.RowKind, bool) {
	for _, k := range directory.RowKinds() {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

// parseWrite makes a row write of two images.
func parseWrite(kind directory.RowKind, before, after []byte) (directory.RowWrite, error) {
	var w directory.RowWrite
	var err error
	if len(before) > 0 {
		if w.Before, err = ParseImage(kind, before); err != nil {
			return w, err
		}
	}
	if len(after) > 0 {
		if w.After, err = ParseImage(kind, after); err != nil {
			return w, err
		}
	}
	switch {
	case w.Before == nil && w.After == nil:
		return w, errors.New("a write has no image")
	case w.Before != nil && w.After != nil && w.Before.Key() != w.After.Key():
		return w, errors.New("a write has the images of two rows")
	}
	return w, nil
}
