package postgres

import (
	"errors"
	"io"
	"testing"
)

// The driver goes on reading in a goroutine of its own after it has given up
// a COPY whose connection was lost. With -race this fails if anything of the
// reader is used by both.
func TestNothingIsReadOfRowsThatAreClosed(t *testing.T) {
	inside, open := make(chan struct{}), make(chan struct{})
	given := 0
	rows := newRowsReader(func(f func([]any) error) error {
		for {
			given++
			if given == 2 {
				close(inside)
				<-open
			}
			if err := f([]any{int64(given), string(make([]byte, enough))}); err != nil {
				return err
			}
		}
	})
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, rows)
		read <- err
	}()
	<-inside
	go close(open)
	if err := rows.close(); err != nil {
		t.Errorf("close = %v", err)
	}
	after := given
	if err := <-read; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("reading goes on until %v, want %v", err, io.ErrClosedPipe)
	}
	if given != after {
		t.Errorf("%d rows were asked for after the reader was closed", given-after)
	}
}
