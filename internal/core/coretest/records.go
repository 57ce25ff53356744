package coretest

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// Recorded is all that the records hold, inflated.
func Recorded(t *testing.T, s store.Store) []byte {
	t.Helper()
	var all bytes.Buffer
	err := s.Read(t.Context(), func(r store.Reader) error {
		head, err := r.Head(t.Context())
		if err != nil {
			return err
		}
		for rev := directory.Revision(1); rev <= head.Revision; rev++ {
			rec, err := r.Record(t.Context(), rev)
			if err != nil {
				return err
			}
			all.Write(rec.Edits.Data)
			for _, c := range rec.Chunks {
				if _, err := io.Copy(&all, flate.NewReader(bytes.NewReader(c.Data))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// Importing opens a directory to import into, with so many rows in a change.
func Importing(t *testing.T, s store.Store, most int) *core.Core {
	t.Helper()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: PlainSealer{}, Importing: true, ImportRows: most})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Yielding gives rows one after the other, and then returns end, which io.EOF is at the end of all rows.
func Yielding(rows []directory.Row, end error) func() (directory.Row, error) {
	return func() (directory.Row, error) {
		if len(rows) == 0 {
			return nil, end
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	}
}
