package sqlstore

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// A table says how rows of one kind are kept: every statement about them is
// made of it.
type table struct {
	kind    directory.RowKind
	name    string
	keys    int      // how many of the columns, from the first, are the key
	columns []string // what a row consists of

	// derived are columns that follow from a row and are only ever written and
	// searched.
	derived []string
	derive  func(directory.Row) []any

	// initial are columns that a new row gets and that are later written apart.
	initial []string

	// open returns a place for a row: the fields that the columns are scanned
	// into, and what reads and sets the row.
	open func() *place

	made    []string // the columns that a new row gets
	written []string // those that a changed row gets

	unset int // how many of the columns, from the first, an update does not set

	insert, update, remove, selectOne, selectAll string
}

// A place holds one row while it is translated.
type place struct {
	fields []any
	row    func() directory.Row
	set    func(directory.Row)
}

// define makes a table of a row type. The function fields gives pointers to
// the fields of a row, in the order of columns.
func define[R directory.Row](kind directory.RowKind, name string, keys int, columns string,
	fields func(*R) []any) table {
	t := table{kind: kind, name: name, keys: keys, columns: strings.Fields(columns)}
	t.open = func() *place {
		r := new(R)
		return &place{
			fields: fields(r),
			row:    func() directory.Row { return *r },
			set:    func(row directory.Row) { *r = as[R](row) },
		}
	}
	if n := len(t.open().fields); n != len(t.columns) {
		panic(fmt.Sprintf("sqlstore: %s has %d columns and %d fields", name, len(t.columns), n))
	}
	return t
}

// as is a row of the type that its table holds. Another one is a mistake of
// this package, after which nothing should be written.
func as[R directory.Row](row directory.Row) R {
	r, ok := row.(R)
	if !ok {
		panic(fmt.Sprintf("sqlstore: a %T where a %T belongs", row, r))
	}
	return r
}

// with adds derived columns.
func with[R directory.Row](t table, columns string, derive func(R) []any) table {
	t.derived = strings.Fields(columns)
	t.derive = func(row directory.Row) []any { return derive(as[R](row)) }
	return t
}

// compile makes the statements.
func (t table) compile() *table {
	if t.derive == nil {
		t.derive = func(directory.Row) []any { return nil }
	}
	written := append(append([]string{}, t.columns...), t.derived...)
	made := append(append([]string{}, written...), t.initial...)
	t.written, t.made = written, made
	t.insert = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, strings.Join(made, ", "), placeholders(1, len(made)))
	// The key stays as it is, and is not set unless it is all there is: an engine
	// that sees it set looks at every row that names this one.
	if t.unset = t.keys; t.keys == len(written) {
		t.unset = 0
	}
	t.update = t.updateOf(written[t.unset:])
	t.remove = fmt.Sprintf("DELETE FROM %s WHERE %s", t.name, equations(t.columns, 1, " AND "))
	t.selectAll = fmt.Sprintf("SELECT %s FROM %s", strings.Join(t.columns, ", "), t.name)
	t.selectOne = t.selectAll + " WHERE " + equations(t.columns[:t.keys], 1, " AND ")
	return &t
}

// updateOf is the statement that sets columns of a row that is as it was read.
func (t *table) updateOf(columns []string) string {
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s", t.name, equations(columns, 1, ", "),
		equations(t.columns, len(columns)+1, " AND "))
}

// inOrder is the order by key.
func (t *table) inOrder() string { return " ORDER BY " + strings.Join(t.columns[:t.keys], ", ") }

// values are what is written for the columns of a row, without the derived.
func (t *table) values(args []any, row directory.Row) []any {
	p := t.open()
	p.set(row)
	return valuesOf(args, p.fields)
}

// writtenValues are what is written for a row, with the derived columns.
func (t *table) writtenValues(row directory.Row) []any {
	return append(t.values(nil, row), t.derive(row)...)
}

func placeholders(from, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(list, ", ")
}

func equations(columns []string, from int, glue string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf("%s = $%d", c, from+i)
	}
	return strings.Join(list, glue)
}

// keyOf gives the values of a table's key columns.
func keyOf(k directory.RowKey) []any {
	switch k.Kind {
	case directory.RowNesting, directory.RowGroupValue, directory.RowGroupRole, directory.RowMembership,
		directory.RowUserValue, directory.RowUserRole:
		return []any{k.A, k.B}
	case directory.RowSourceReference:
		return []any{int64(k.Object.Kind), k.Object.ID, k.Text[0]}
	case directory.RowFacet:
		return []any{int64(k.Object.Kind), k.Object.ID, k.Text[0], k.Text[1], k.Text[2]}
	default:
		return []any{k.A}
	}
}
