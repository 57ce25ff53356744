package sqlstore

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// many is the number of rows from which an engine that can do so writes them together, in one
// or two round trips instead of one for each row.
const many = 4

// together reports whether so many rows are written together.
func (t *tx) together(rows int) bool { return t.db.engine.Bulk != nil && rows >= many }

// makeRows creates rows of a table.
func (t *tx) makeRows(name string, columns []string, insert string, rows int,
	each func(func([]any) error) error) error {
	if !t.together(rows) {
		return each(func(args []any) error { return t.exec(insert, args...) })
	}
	if err := t.db.engine.Bulk(t.ctx, t.conn.Conn, name, columns, each); err != nil {
		return t.fail(t.db.wrap("write", err))
	}
	return nil
}

// updateMany changes columns of rows of one kind. All rows must be as the writer has read
// them.
func (t *tx) updateMany(table *table, columns []string, writes []directory.RowWrite,
	values func(directory.Row) []any) error {
	var l lists
	for _, w := range writes {
		l.add(table.values(values(w.After), w.Before))
	}
	var set []string
	for i, c := range columns {
		if i >= table.keys || len(columns) == table.keys { // some rows consist only of their key
			set = append(set, fmt.Sprintf("%s = v.c%d", c, i+1))
		}
	}
	return t.all(table, len(writes), fmt.Sprintf("UPDATE %s t SET %s FROM %s WHERE %s",
		table.name, strings.Join(set, ", "), l.unnest(), table.asRead(len(columns))), l.columns)
}

// removeMany removes rows of one kind. All rows must be as the writer has read them.
func (t *tx) removeMany(writes []directory.RowWrite) error {
	table := t.db.schema[writes[0].Key().Kind]
	var l lists
	for _, w := range writes {
		l.add(table.values(nil, w.Before))
	}
	return t.all(table, len(writes), fmt.Sprintf("DELETE FROM %s t USING %s WHERE %s", table.name, l.unnest(),
		table.asRead(0)), l.columns)
}

// asRead compares every column of t with the columns of v after the first ones.
func (t *table) asRead(behind int) string {
	equal := make([]string, len(t.columns))
	for i, c := range t.columns {
		equal[i] = fmt.Sprintf("t.%s = v.c%d", c, behind+i+1)
	}
	return strings.Join(equal, " AND ")
}

// all runs a statement that must affect exactly the rows that the writer has read.
func (t *tx) all(table *table, rows int, text string, args []any) error {
	n, err := t.change(text, args...)
	if err == nil && n != int64(rows) {
		err = fmt.Errorf("of %d rows of %s %d are what the writer has read", rows, table.name, n)
	}
	return err
}

// touch sets the derived columns of existing users, where they change.
func (t *tx) touch(users []store.TouchedUser) error {
	if t.together(len(users)) {
		var l lists
		for _, u := range users {
			l.add([]any{int64(u.User), u.EmailKey, int64(u.Revision)})
		}
		return t.exec("UPDATE users t SET email_key = v.c2, touched_rev = CASE WHEN v.c3 = 0 THEN t.touched_rev ELSE v.c3 "+
			"END FROM "+
			l.unnest()+" WHERE t.id = v.c1 AND (t.email_key <> v.c2 OR v.c3 <> 0)", l.columns...)
	}
	for _, u := range users {
		text, args := "UPDATE users SET email_key = $1 WHERE id = $2 AND email_key <> $1", []any{u.EmailKey, int64(u.User)}
		if u.Revision != 0 {
			text, args = "UPDATE users SET email_key = $1, touched_rev = $3 WHERE id = $2", append(args, int64(u.Revision))
		}
		if err := t.exec(text, args...); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) writeMembers(c *store.Commit) error {
	if t.together(len(c.Members)) {
		return t.writeManyMembers(c.Members)
	}
	for _, m := range c.Members {
		n, err := t.change("UPDATE groups SET member_count = member_count + $1 WHERE id = $2", m.Delta, int64(m.Group))
		if err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("the member count of group %d, which is not there", m.Group)
		}
	}
	return nil
}

func (t *tx) writeManyMembers(members []store.MemberDelta) error {
	deltas := map[directory.GroupID]int64{}
	for _, m := range members {
		deltas[m.Group] += m.Delta
	}
	var l lists
	for group, delta := range deltas {
		l.add([]any{int64(group), delta})
	}
	n, err := t.change("UPDATE groups t SET member_count = t.member_count + v.c2 FROM "+l.unnest()+" WHERE t.id = v.c1",
		l.columns...)
	if err == nil && n != int64(len(deltas)) {
		err = fmt.Errorf("member counts of %d groups, of which %d are there", len(deltas), n)
	}
	return err
}

// lists holds rows of arguments as one list for each column.
type lists struct{ columns []any }

// add adds a row. All rows have the same types.
func (l *lists) add(row []any) {
	if l.columns == nil {
		l.columns = make([]any, len(row))
	}
	for i, v := range row {
		switch v := v.(type) {
		case int64:
			l.columns[i] = grow(l.columns[i], v)
		case string:
			l.columns[i] = grow(l.columns[i], v)
		case []byte:
			l.columns[i] = grow(l.columns[i], v)
		default:
			panic(fmt.Sprintf("sqlstore: no list holds a %T", v))
		}
	}
}

func grow[T any](list any, v T) any {
	if list == nil {
		return []T{v}
	}
	return append(list.([]T), v) //nolint:errcheck // another type is a mistake of this package, and panics
}

// unnest returns the rows of the lists, which are the first arguments of a statement, as v
// with the columns c1, c2 and so on.
func (l *lists) unnest() string {
	params, names := make([]string, len(l.columns)), make([]string, len(l.columns))
	for i, list := range l.columns {
		sort := "BIGINT"
		switch list.(type) {
		case []string:
			sort = "TEXT"
		case [][]byte:
			sort = "BYTEA"
		}
		params[i], names[i] = fmt.Sprintf("$%d::%s[]", i+1, sort), fmt.Sprintf("c%d", i+1)
	}
	return "unnest(" + strings.Join(params, ", ") + ") AS v (" + strings.Join(names, ", ") + ")"
}
