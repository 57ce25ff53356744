package postgres

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
)

// bulk copies rows into a table in the text format, which needs no question to the server
// about the types of the columns.
func bulk(ctx context.Context, c *sql.Conn, name string, columns []string, each func(func([]any) error) error) error {
	return native(c, func(conn *pgx.Conn) error {
		rows := newRowsReader(each)
		defer func() { _ = rows.close() }() // after a panic
		_, err := conn.PgConn().CopyFrom(ctx, rows, table{name, columns}.copyStatement("FROM STDIN"))
		return errors.Join(err, rows.close())
	})
}

// A rowsReader converts rows to the text format of COPY on demand. The driver reads in a
// goroutine of its own, and does not wait for it when the connection is lost. So closing the
// reader waits for a Read in progress, and later ones return nothing.
type rowsReader struct {
	next func() ([]byte, bool)
	stop func()

	mu     sync.Mutex
	rest   []byte // of what next returned
	err    error  // what each returned
	closed bool
}

// errStopped ends a walk over rows that nobody reads any more.
var errStopped = errors.New("stopped")

// enough is about how many bytes are made at once.
const enough = 32 << 10

func newRowsReader(each func(func([]any) error) error) *rowsReader {
	r := &rowsReader{}
	r.next, r.stop = iter.Pull(func(yield func([]byte) bool) {
		buffer := make([]byte, 0, 2*enough)
		err := each(func(row []any) (err error) {
			if buffer, err = appendRow(buffer, row); err != nil || len(buffer) < enough {
				return err
			}
			if !yield(buffer) {
				return errStopped
			}
			buffer = buffer[:0]
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			r.err = err
			return
		}
		if len(buffer) > 0 && err == nil {
			yield(buffer)
		}
	})
	return r
}

// Read implements io.Reader.
func (r *rowsReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.rest) == 0 {
		if r.closed {
			return 0, io.ErrClosedPipe
		}
		var ok bool
		if r.rest, ok = r.next(); !ok {
			if r.err != nil {
				return 0, r.err
			}
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// close ends the reading, and returns the error of the source of the rows.
func (r *rowsReader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest, r.closed = nil, true
	r.stop()
	return r.err
}

// appendRow appends a row in the format of COPY: columns separated by tabs, on one line.
func appendRow(b []byte, row []any) ([]byte, error) {
	for i, v := range row {
		if i > 0 {
			b = append(b, '\t')
		}
		switch v := v.(type) {
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case string:
			b = appendText(b, v)
		case []byte:
			b = append(b, `\\x`...)
			b = hex.AppendEncode(b, v)
		default:
			return b, fmt.Errorf("a column cannot be a %T", v)
		}
	}
	return append(b, '\n'), nil
}

// appendText escapes what would end a column or a row, and the escape character. So neither
// \N, which means NULL, nor \., which means the end, can arise.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\':
			b = append(b, '\\', '\\')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, c)
		}
	}
	return b
}
