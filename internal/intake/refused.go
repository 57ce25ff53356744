package intake

import (
	"encoding/csv"
	"io"
	"strings"

	"cohort/internal/table"
)

// A Refused writes refused rows to a table of their own, with the reason in the last column,
// so that they can be corrected and imported again.
type Refused struct {
	out   *csv.Writer
	table *table.Table
	plain bool
}

// NewRefused begins the table. With spreadsheet, no cell looks like a formula to a
// spreadsheet.
func NewRefused(w io.Writer, t *table.Table, spreadsheet bool) (*Refused, error) {
	r := &Refused{out: csv.NewWriter(w), table: t, plain: !spreadsheet}
	r.out.Comma = t.Delimiter
	return r, r.out.Write(append(r.without(t.Header), table.ErrorColumn))
}

// without returns the cells of a row without that of an earlier error.
func (r *Refused) without(cells []string) []string {
	var out []string
	for i, cell := range cells {
		if i >= len(r.table.Header) || !strings.EqualFold(strings.TrimSpace(r.table.Header[i]), table.ErrorColumn) {
			out = append(out, cell)
		}
	}
	return out
}

// Add writes a row.
func (r *Refused) Add(row *table.Row, why string) error {
	cells := append(r.without(row.Cells), why)
	if !r.plain {
		for i, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cells[i] = "'" + cell
			}
		}
	}
	return r.out.Write(cells)
}

// Flush writes what is buffered.
func (r *Refused) Flush() error {
	r.out.Flush()
	return r.out.Error()
}
