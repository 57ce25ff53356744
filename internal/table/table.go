package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"cohort/internal/directory"
)

// A Kind says what the rows of a table are.
type Kind string

// The kinds of table.
const (
	Users   Kind = "users"
	Groups  Kind = "groups"
	Members Kind = "members"
	Values  Kind = "values"
)

// ErrorColumn is the last column of a file of refused rows, which an import
// ignores.
const ErrorColumn = "cohort_error"

// Options say how to read a table.
type Options struct {
	Kind          Kind              // empty: detected from the header
	Key           string            // the field that identifies rows; empty: the leftmost that can
	Map           map[string]string // fields by column, ignoring case
	IgnoreColumns bool              // skip columns that are no fields
	Delimiter     rune              // 0: detected
	Encoding      string            // empty: detected
	DateFormat    string            // such as DD.MM.YYYY; empty: ISO
	Full          bool              // groups that a user's row does not name are removed
	// TypeOf returns the type of an attribute. ok is false if there is none.
	TypeOf func(name string) (t directory.Type, ok bool)
}

// A Table is a table that is read row by row, repeatedly if necessary.
type Table struct {
	Kind      Kind
	Key       string // field
	Delimiter rune
	Encoding  string
	Header    []string // as it was written
	Ignored   []string // columns

	opt     Options
	text    []byte
	fields  []string // by column; empty if ignored
	layouts []string
	in      *csv.Reader
	row     int
	seen    map[string]int // rows by key, after Count
}

// A Row is one row.
type Row struct {
	Line  int
	Cells []string
	Err   error // why it cannot be read
}

// Open reads the header of a table.
func Open(data []byte, opt Options) (*Table, error) {
	text, encoding, err := decode(data, opt.Encoding)
	if err != nil {
		return nil, err
	}
	t := &Table{opt: opt, text: text, Encoding: encoding, Delimiter: opt.Delimiter}
	if t.Delimiter == 0 {
		t.Delimiter = delimiterOf(text)
	}
	t.in = t.reader()
	t.Header, err = t.in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line must name the columns")
	}
	if err != nil {
		return nil, err
	}
	if t.layouts, err = layouts(opt.DateFormat); err != nil {
		return nil, err
	}
	return t, t.readHeader()
}

func (t *Table) reader() *csv.Reader {
	in := csv.NewReader(bytes.NewReader(t.text))
	in.Comma, in.FieldsPerRecord = t.Delimiter, -1
	return in
}

// plainFields returns the fields of each kind, without attributes and sources.
func plainFields(kind Kind) []string {
	switch kind {
	case Users:
		return []string{"id", "email", "first_name", "last_name", "contact_email", "timezone", "language", "kind", "active",
			"groups", "roles"}
	case Groups:
		return []string{"id", "name", "language", "parents", "parent", "roles"}
	case Members:
		return []string{"user", "group", "from", "until"}
	case Values:
		return []string{"group", "user", "attribute", "value", "rank", "from", "until"}
	}
	return nil
}

// readHeader finds the field of every column, and the kind of the rows.
func (t *Table) readHeader() error {
	byColumn := map[string]string{}
	for column, field := range t.opt.Map {
		byColumn[fold(column)] = fold(field)
	}
	seen := map[string]bool{}
	for _, column := range t.Header {
		field := fold(column)
		if mapped, ok := byColumn[field]; ok {
			field = mapped
			delete(byColumn, fold(column))
		}
		if seen[field] && field != "" {
			return fmt.Errorf("the column %q is there twice", column)
		}
		seen[field] = true
		t.fields = append(t.fields, field)
	}
	for column := range byColumn {
		return fmt.Errorf("the map has the column %q, which the file has not", column)
	}
	if t.Kind = t.opt.Kind; t.Kind == "" {
		if t.Kind = kindOf(seen); t.Kind == "" {
			return fmt.Errorf("whether the rows are users, groups, members or values is not clear from the header %s; say it "+
				"with --kind", strings.Join(t.Header, ", "))
		}
	}
	if err := t.checkFields(); err != nil {
		return err
	}
	return t.findKey()
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// kindOf detects the kind by fields that only it has.
func kindOf(fields map[string]bool) Kind {
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(f string) bool { return fields[f] })
	}
	switch {
	case fields["attribute"] && fields["value"]:
		return Values
	case fields["user"] && fields["group"]:
		return Members
	case has("email", "first_name", "last_name", "active", "groups", "contact_email"):
		return Users
	case has("name", "parents", "parent"):
		return Groups
	}
	return ""
}

// checkFields refuses unknown columns.
func (t *Table) checkFields() error {
	known := plainFields(t.Kind)
	for i, field := range t.fields {
		if field == ErrorColumn || slices.Contains(known, field) {
			if field == ErrorColumn {
				t.fields[i] = ""
			}
			continue
		}
		err := t.checkField(field)
		switch {
		case err == nil:
		case t.opt.IgnoreColumns:
			t.Ignored = append(t.Ignored, t.Header[i])
			t.fields[i] = ""
		default:
			return fmt.Errorf("the column %q %w; a table of %s has %s, source:NAME and attr:NAME; name it otherwise with "+
				"--map, or skip it with --ignore-columns",
				t.Header[i], err, t.Kind, strings.Join(known, ", "))
		}
	}
	return nil
}

// checkField checks a field that is a source or an attribute.
func (t *Table) checkField(field string) error {
	owned := t.Kind == Users || t.Kind == Groups
	if source, ok := strings.CutPrefix(field, "source:"); ok && owned && source != "" {
		return nil
	}
	name, bound, bounded := strings.Cut(strings.TrimPrefix(field, "attr:"), "@")
	switch {
	case !owned || !strings.HasPrefix(field, "attr:"), bounded && bound != "from" && bound != "until":
		return errors.New("means nothing here")
	case bounded && !slices.Contains(t.fields, "attr:"+name):
		return fmt.Errorf("needs the column attr:%s", name)
	}
	if _, ok := t.opt.TypeOf(name); !ok {
		return fmt.Errorf("names the attribute %s, which is not there", name)
	}
	return nil
}

// findKey finds the field that identifies rows: the requested one, or the leftmost that can.
func (t *Table) findKey() error {
	if t.Kind == Members || t.Kind == Values {
		need := map[Kind][]string{Members: {"user", "group"}, Values: {"attribute", "value"}}[t.Kind]
		for _, field := range need {
			if !slices.Contains(t.fields, field) {
				return fmt.Errorf("a table of %s needs the column %s", t.Kind, field)
			}
		}
		if t.Kind == Values && slices.Contains(t.fields, "group") == slices.Contains(t.fields, "user") {
			return errors.New("a table of values needs one of the columns group and user")
		}
		return nil
	}
	can := func(field string) bool {
		return strings.HasPrefix(field, "source:") || field == "id" || field == "email" && t.Kind == Users ||
			field == "name" && t.Kind == Groups
	}
	if want := fold(t.opt.Key); want != "" {
		if !can(want) || !slices.Contains(t.fields, want) {
			return fmt.Errorf("--key %s: rows cannot be known by it, or there is no such column", t.opt.Key)
		}
		t.Key = want
		return nil
	}
	i := slices.IndexFunc(t.fields, can)
	if i < 0 {
		return fmt.Errorf("rows of %s have no key: a column source:NAME, email, name or id", t.Kind)
	}
	t.Key = t.fields[i]
	return nil
}

// Has reports whether a column has the field.
func (t *Table) Has(field string) bool { return slices.Contains(t.fields, field) }

// Rewind returns to the first row.
func (t *Table) Rewind() {
	t.in, t.row = t.reader(), 0
	_, _ = t.in.Read() // the header, which was read before
}

// Next reads at most most rows; none at the end.
func (t *Table) Next(most int) ([]Row, error) {
	var rows []Row
	for len(rows) < most {
		cells, err := t.in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("a quote is wrong, and what follows cannot be told apart: %w", err)
		}
		line, _ := t.in.FieldPos(0)
		row := Row{Line: line, Cells: cells}
		if len(cells) != len(t.Header) {
			row.Err = fmt.Errorf("has %d cells, and the header has %d", len(cells), len(t.Header))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Count reads the whole table once: it returns the number of rows and finds keys that occur
// more than once.
func (t *Table) Count() (int, error) {
	t.seen = map[string]int{}
	n := 0
	for {
		rows, err := t.Next(1000)
		if err != nil || len(rows) == 0 {
			t.Rewind()
			return n, err
		}
		n += len(rows)
		for i := range rows {
			if key := t.keyOf(&rows[i]); key != "" {
				t.seen[key]++
			}
		}
	}
}

// keyOf returns the key of a row, or "" if it cannot be read.
func (t *Table) keyOf(r *Row) string {
	if r.Err != nil {
		return ""
	}
	cell := func(field string) string {
		if i := slices.Index(t.fields, field); i >= 0 {
			return strings.TrimSpace(r.Cells[i])
		}
		return ""
	}
	switch t.Kind {
	case Members:
		return cell("user") + "\x00" + cell("group")
	case Values:
		return cell("group") + cell("user") + "\x00" + strings.ToLower(cell("attribute"))
	case Users, Groups:
	}
	if t.Key == "email" {
		return directory.Fold(cell("email"))
	}
	return cell(t.Key)
}

// Sources returns the sources in the key and the columns.
func (t *Table) Sources() []string {
	sources := map[string]bool{}
	for _, f := range t.fields {
		if source, ok := strings.CutPrefix(f, "source:"); ok {
			sources[source] = true
		}
	}
	return slices.Sorted(maps.Keys(sources))
}

// layouts returns the layouts of dates.
func layouts(format string) ([]string, error) {
	if format == "" {
		return []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}, nil
	}
	layout := strings.NewReplacer("YYYY", "2006", "YY", "06", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss",
		"05").Replace(format)
	if !strings.Contains(layout, "01") || !strings.Contains(layout, "02") || !strings.Contains(layout, "06") {
		return nil, fmt.Errorf("--date-format %s: write YYYY, MM, DD and if need be hh, mm, ss, such as DD.MM.YYYY", format)
	}
	return []string{layout}, nil
}

// parseTime parses a date or time. Without a zone it is UTC.
func (t *Table) parseTime(text string) (time.Time, bool) {
	for _, layout := range t.layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
