package sqlstore

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// A table describes how rows of one kind are stored. Every statement about them is made from
// it.
type table struct {
	kind    directory.RowKind
	name    string
	keys    int      // the first columns, which are the key
	columns []string // the columns of a row

	// derived are columns that follow from a row and are only written and searched.
	derived []string
	derive  func(directory.Row) []any

	// initial are columns that a new row gets and that are later written separately.
	initial []string

	// open returns a place for a row: the fields that the columns are scanned into, and what
	// gets and sets the row.
	open func() *place

	made    []string // the columns of a new row
	written []string // the columns of a changed row

	unset int // the first columns, which an update does not set

	insert, remove, selectOne, selectAll string
}

// A columnSet is a set of the columns of a changed row: bit i is that of written[i].
type columnSet uint64

// A place holds one row during translation.
type place struct {
	fields []any
	row    func() directory.Row
	set    func(directory.Row)
}

// define returns the table of a row type. fields returns pointers to the fields of a row, in
// the order of columns.
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

// as returns a row as the type of its table. Another type is a bug, after which nothing should
// be written.
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
	// The key stays as it is, and is not set unless there is nothing else: an engine that sees
	// it set examines every row that refers to this one.
	if t.unset = t.keys; t.keys == len(written) {
		t.unset = 0
	}
	t.remove = fmt.Sprintf("DELETE FROM %s WHERE %s", t.name, equations(t.columns, 1, " AND "))
	t.selectAll = fmt.Sprintf("SELECT %s FROM %s", strings.Join(t.columns, ", "), t.name)
	t.selectOne = t.selectAll + " WHERE " + equations(t.columns[:t.keys], 1, " AND ")
	return &t
}

// settable returns the columns that an update may set.
func (t *table) settable() columnSet { return 1<<len(t.written) - 1<<t.unset }

// updateOf returns the statement that sets columns of a row that is as it was read.
func (t *table) updateOf(set columnSet) string {
	var columns []string
	for i, c := range t.written {
		if set&(1<<i) != 0 {
			columns = append(columns, c)
		}
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s", t.name, equations(columns, 1, ", "),
		equations(t.columns, len(columns)+1, " AND "))
}

// inOrder returns the order by key.
func (t *table) inOrder() string { return " ORDER BY " + strings.Join(t.columns[:t.keys], ", ") }

// values returns what is written for the columns of a row, without derived ones.
func (t *table) values(args []any, row directory.Row) []any {
	p := t.open()
	p.set(row)
	return valuesOf(args, p.fields)
}

// writtenValues returns what is written for a row, with the derived columns.
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

// keyOf returns the values of a table's key columns.
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
