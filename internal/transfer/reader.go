package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// A LineError says which line is wrong.
type LineError struct {
	Line int64 // from 1
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong with the line.
func (e *LineError) Unwrap() error { return e.Err }

// errCut is the error of a file without its last line.
var errCut = errors.New("the file ends here, without its last line: it was cut off")

// lines reads line by line.
type lines struct {
	in   *bufio.Reader
	n    int64 // of the last line read
	long []byte
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, 256<<10)} }

// next returns a line without its end. It is valid until the next call. The error is io.EOF at
// the end of the file.
func (l *lines) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if err == nil {
		l.n++
		return line[:len(line)-1], nil
	}
	l.long = append(l.long[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(l.long) > maxLine {
			l.n++
			return nil, l.wrong(fmt.Errorf("is longer than %d bytes", maxLine))
		}
		line, err = l.in.ReadSlice('\n')
		l.long = append(l.long, line...)
	}
	switch {
	case errors.Is(err, io.EOF) && len(l.long) == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		l.n++
		return nil, l.wrong(errCut)
	case err != nil:
		return nil, err
	case len(l.long) > maxLine:
		l.n++
		return nil, l.wrong(fmt.Errorf("is longer than %d bytes", maxLine))
	}
	l.n++
	return l.long[:len(l.long)-1], nil
}

func (l *lines) wrong(err error) error { return &LineError{l.n, err} }

// Check reads a whole file and compares it with its trailer, so that truncation and changes
// are found before any of it is used. It does not examine the rows.
func Check(r io.Reader) (Header, Trailer, error) {
	l := newLines(r)
	h, first, err := readHeader(l)
	if err != nil {
		return h, Trailer{}, err
	}
	sum := sha256.New()
	write := func(line []byte) {
		sum.Write(line)
		sum.Write([]byte{'\n'})
	}
	write(first)
	rows := int64(0)
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return h, Trailer{}, &LineError{l.n, errCut}
		}
		if err != nil {
			return h, Trailer{}, err
		}
		if !isTrailer(line) {
			rows++
			write(line)
			continue
		}
		t, err := readTrailer(l, line)
		if err != nil {
			return h, t, err
		}
		if t.SHA256 != hex.EncodeToString(sum.Sum(nil)) || t.Total() != rows {
			return h, t, l.wrong(errors.New("the lines before are not those that were written: the file was altered, or " +
				"damaged on its way"))
		}
		return h, t, nil
	}
}

func readHeader(l *lines) (h Header, line []byte, err error) {
	line, err = l.next()
	if errors.Is(err, io.EOF) {
		return h, nil, &LineError{1, errors.New("the file is empty")}
	}
	if err != nil {
		return h, nil, err
	}
	if !bytes.HasPrefix(line, []byte(`{"cohort_export":`)) {
		return h, nil, l.wrong(errors.New("this is no file that cohort export has written"))
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return h, nil, l.wrong(errors.New("the header cannot be read"))
	}
	if h.Format != Version {
		return h, nil, l.wrong(fmt.Errorf("the file has format %d, and this program knows %d", h.Format, Version))
	}
	return h, line, l.unmarshal(line, &h, "header")
}

func (l *lines) unmarshal(line []byte, v any, what string) error {
	if err := json.Unmarshal(line, v, json.RejectUnknownMembers(true)); err != nil {
		return l.wrong(fmt.Errorf("the %s cannot be read", what))
	}
	return nil
}

func isTrailer(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"end":`)) }

func readTrailer(l *lines, line []byte) (t Trailer, err error) {
	if err := l.unmarshal(line, &t, "last line"); err != nil {
		return t, err
	}
	if !t.End {
		return t, l.wrong(errors.New("the last line cannot be read"))
	}
	if _, err := l.next(); !errors.Is(err, io.EOF) {
		return t, l.wrong(errors.New("is followed by something else"))
	}
	return t, nil
}

// A Reader reads the rows of a file.
type Reader struct {
	lines  *lines
	header Header
	parser record.RowParser
}

// NewReader reads the header.
func NewReader(r io.Reader) (*Reader, error) {
	l := newLines(r)
	h, _, err := readHeader(l)
	return &Reader{lines: l, header: h}, err
}

// Header returns the header.
func (r *Reader) Header() Header { return r.header }

// Next returns the next row, or io.EOF after the last one. It checks neither what rows mean
// nor whether they were changed; Check does the latter.
func (r *Reader) Next() (directory.Row, error) {
	line, err := r.lines.next()
	if errors.Is(err, io.EOF) {
		return nil, &LineError{r.lines.n, errCut}
	}
	if err != nil {
		return nil, err
	}
	if isTrailer(line) {
		if _, err := readTrailer(r.lines, line); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	row, err := r.parser.Parse(line)
	if err != nil {
		return nil, r.lines.wrong(err)
	}
	return row, nil
}
