package transfer

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// A Writer writes the lines of a file.
type Writer struct {
	out     *bufio.Writer
	sum     hash.Hash
	line    []byte
	rows    [256]int64 // by kind
	Omitted Omitted    // counted by the caller
}

// NewWriter writes the header.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	sum := sha256.New()
	t := &Writer{out: bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10), sum: sum}
	h.Format = Version
	return t, t.json(h)
}

// Row writes a row.
func (t *Writer) Row(row directory.Row) error {
	kind := row.Key().Kind
	t.line = record.AppendRow(t.line[:0], row)
	switch {
	case len(t.line) >= maxLine:
		return fmt.Errorf("a %s is too large for a line: %d bytes; the most is %d", kind, len(t.line), maxLine)
	case !utf8.Valid(t.line):
		return fmt.Errorf("a %s has a text that is not valid UTF-8", kind)
	}
	t.rows[kind]++
	_, err := t.out.Write(append(t.line, '\n'))
	return err
}

// Close writes the trailer and everything that was buffered. It does not close the underlying
// writer.
func (t *Writer) Close() (Trailer, error) {
	trailer := Trailer{End: true, Rows: map[string]int64{}, Omitted: t.Omitted}
	for _, kind := range directory.RowKinds() {
		if n := t.rows[kind]; n > 0 {
			trailer.Rows[kind.String()] = n
		}
	}
	if err := t.out.Flush(); err != nil {
		return trailer, err
	}
	trailer.SHA256 = hex.EncodeToString(t.sum.Sum(nil))
	if err := t.json(trailer); err != nil {
		return trailer, err
	}
	return trailer, t.out.Flush()
}

func (t *Writer) json(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = t.out.Write(append(line, '\n'))
	return err
}
