package working

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A layer is rows as they are planned to be, over what a reader has.
type layer struct {
	ctx    context.Context
	Reader store.Reader
	rows   map[directory.RowKey]*workingRow
	order  int                                              // counts replacements
	found  map[directory.IndexKey]map[directory.RowKey]bool // true: planned to be there; false: planned to go
	none   map[directory.IndexKey]bool                      // the reader has nothing there
}

// A workingRow is a row as the reader has it and as planned; nil is no row.
type workingRow struct {
	before, after directory.Row
	order         int
}

func newLayer(ctx context.Context, r store.Reader) layer {
	return layer{
		ctx: ctx, Reader: r,
		rows: map[directory.RowKey]*workingRow{}, found: map[directory.IndexKey]map[directory.RowKey]bool{},
		none: map[directory.IndexKey]bool{},
	}
}

// replace plans a row of the layer to be as given, and keeps what find adds to
// and takes from the indexes of the reader.
func (l *layer) replace(key directory.RowKey, r *workingRow, after directory.Row) {
	l.index(key, r.after, false)
	l.index(key, after, true)
	r.after = after
	l.order++
	r.order = l.order
}

func (l *layer) index(key directory.RowKey, row directory.Row, there bool) {
	if row == nil {
		return
	}
	for _, k := range directory.IndexKeys(row) {
		if l.found[k] == nil {
			l.found[k] = map[directory.RowKey]bool{}
		}
		l.found[k][key] = there
	}
}

// find returns the keys of the planned rows that an index has under a key, in
// their order, at most limit.
func (l *layer) find(key directory.IndexKey, limit int) ([]directory.RowKey, error) {
	planned := l.found[key]
	var stored []directory.RowKey
	if !l.none[key] {
		var err error
		if stored, err = l.Reader.Find(l.ctx, key, limit+len(planned)); err != nil { // each planned row may hide one
			return nil, fmt.Errorf("find: %w", err)
		}
		l.none[key] = len(stored) == 0
	}
	if len(planned) == 0 {
		return stored, nil
	}
	keys := slices.DeleteFunc(stored, func(k directory.RowKey) bool { _, known := planned[k]; return known })
	for k, there := range planned {
		if there {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, directory.CompareRowKeys)
	return keys[:min(limit, len(keys))], nil
}

// eachRowOf calls f for the planned rows of a kind that belong to an object, by
// key, until f returns an error, which is returned. f must not read.
func (l *layer) eachRowOf(kind directory.RowKind, of directory.Object, f func(directory.Row) error) error {
	var planned []directory.Row
	for key, r := range l.rows {
		if key.Kind == kind && r.after != nil && slices.Contains(r.after.Objects(), of) {
			planned = append(planned, r.after)
		}
	}
	slices.SortFunc(planned, func(a, b directory.Row) int { return directory.CompareRowKeys(a.Key(), b.Key()) })
	err := l.Reader.RowsOf(l.ctx, kind, of, func(row directory.Row) error {
		key := row.Key()
		for len(planned) > 0 && directory.CompareRowKeys(planned[0].Key(), key) < 0 {
			next := planned[0]
			planned = planned[1:]
			if err := f(next); err != nil {
				return err
			}
		}
		if _, known := l.rows[key]; known {
			return nil
		}
		return f(row)
	})
	for err == nil && len(planned) > 0 {
		err, planned = f(planned[0]), planned[1:]
	}
	return err
}

// Writes are the row writes that the layer comes to: removals first, referring
// rows before those they refer to, then the rest the other way round; within a
// kind in the order in which the edits came to them, so that a unique key is
// given up before it is taken.
func (l *layer) Writes() []directory.RowWrite {
	type placed struct {
		*workingRow
		kind int // negative of a row that is removed
	}
	rows := make([]placed, 0, len(l.rows))
	for key, r := range l.rows {
		switch {
		case r.order == 0 || SameRow(r.before, r.after):
		case r.after == nil:
			rows = append(rows, placed{r, -int(key.Kind)})
		default:
			rows = append(rows, placed{r, int(key.Kind)})
		}
	}
	slices.SortFunc(rows, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.order, b.order))
	})
	writes := make([]directory.RowWrite, len(rows))
	for i, r := range rows {
		writes[i] = directory.RowWrite{Before: r.before, After: r.after}
	}
	return writes
}

// SameRow compares two rows, either of which may be nil.
func SameRow(a, b directory.Row) bool { return reflect.DeepEqual(a, b) }
