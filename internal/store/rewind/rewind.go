// Package rewind reads an earlier revision through a later view of a store: it
// takes back what the changes in between wrote.
package rewind

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// An Undo holds the rows that changes wrote, as they were before.
type Undo struct {
	before map[directory.RowKey]directory.Row // nil: there was none
	users  map[directory.UserID][]directory.RowKey
	lost   map[directory.Object]bool
}

// Add takes in what a change wrote. Changes are added in the order in which
// they were made.
func (u *Undo) Add(writes []directory.RowWrite) {
	if u.before == nil {
		u.before, u.users = map[directory.RowKey]directory.Row{}, map[directory.UserID][]directory.RowKey{}
	}
	for _, w := range writes {
		key := w.Key()
		if _, known := u.before[key]; known {
			continue
		}
		u.before[key] = w.Before
		if id, ok := directory.OwnerOf(cmp.Or(w.Before, w.After)); ok {
			u.users[id] = append(u.users[id], key)
		}
	}
}

// Earlier takes in what the change wrote that was made before all that were added.
func (u *Undo) Earlier(writes []directory.RowWrite) {
	for _, w := range writes {
		if _, known := u.before[w.Key()]; known {
			u.before[w.Key()] = w.Before
		} else {
			u.Add([]directory.RowWrite{w})
		}
	}
}

// Lose notes the objects of a change whose images were erased or pruned: their
// earlier rows are unknown, so they are left out.
func (u *Undo) Lose(objects []directory.Object) {
	if u.lost == nil {
		u.lost = map[directory.Object]bool{}
	}
	for _, o := range objects {
		u.lost[o] = true
	}
}

// gone reports whether a row that is stored now is of an object that was lost.
func (u *Undo) gone(row directory.Row) bool {
	return len(u.lost) > 0 && slices.ContainsFunc(row.Objects(), func(o directory.Object) bool { return u.lost[o] })
}

// A Reader reads as of the revision before the changes of an Undo.
type Reader struct {
	store.Reader
	head store.Head
	undo *Undo
}

var _ store.Reader = (*Reader)(nil)

// New returns a Reader over a view that was opened later. head is that of the
// revision that is read; undo has all changes after it that the view sees.
func New(later store.Reader, head store.Head, undo *Undo) *Reader {
	return &Reader{Reader: later, head: head, undo: undo}
}

// Head implements store.Reader.
func (r *Reader) Head(context.Context) (store.Head, error) { return r.head, nil }

// Revision implements store.Reader.
func (r *Reader) Revision(context.Context) (directory.Revision, error) { return r.head.Revision, nil }

// Row implements store.Reader.
func (r *Reader) Row(ctx context.Context, key directory.RowKey) (directory.Row, bool, error) {
	if row, changed := r.undo.before[key]; changed {
		return row, row != nil, nil
	}
	row, ok, err := r.Reader.Row(ctx, key)
	if err != nil || !ok || r.undo.gone(row) {
		return nil, false, err
	}
	return row, true, nil
}

// Find implements store.Reader.
func (r *Reader) Find(ctx context.Context, key directory.IndexKey, limit int) ([]directory.RowKey, error) {
	// Every row that was changed may hide one that was not.
	stored, err := r.Reader.Find(ctx, key, limit+len(r.undo.before))
	if err != nil {
		return nil, err
	}
	var keys []directory.RowKey
	for _, k := range stored {
		if _, changed := r.undo.before[k]; changed {
			continue
		}
		if len(r.undo.lost) > 0 {
			if _, ok, err := r.Row(ctx, k); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		keys = append(keys, k)
	}
	for k, row := range r.undo.before {
		if row != nil && slices.Contains(directory.IndexKeys(row), key) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, directory.CompareRowKeys)
	return keys[:min(limit, len(keys))], nil
}

// RowsOf implements store.Reader.
func (r *Reader) RowsOf(ctx context.Context, kind directory.RowKind, of directory.Object,
	f func(directory.Row) error) error {
	return r.merge(kind, func(row directory.Row) bool { return slices.Contains(row.Objects(), of) }, f,
		func(each func(directory.Row) error) error { return r.Reader.RowsOf(ctx, kind, of, each) })
}

// RowsOfAll implements store.Reader.
func (r *Reader) RowsOfAll(ctx context.Context, kind directory.RowKind, of []directory.Object,
	f func(directory.Row) error) error {
	return r.merge(kind, func(row directory.Row) bool {
		return slices.ContainsFunc(row.Objects(), func(o directory.Object) bool { return slices.Contains(of, o) })
	}, f,
		func(each func(directory.Row) error) error { return r.Reader.RowsOfAll(ctx, kind, of, each) })
}

// Scan implements store.Reader.
func (r *Reader) Scan(ctx context.Context, kind directory.RowKind, f func(directory.Row) error) error {
	return r.merge(kind, func(directory.Row) bool { return true }, f,
		func(each func(directory.Row) error) error { return r.Reader.Scan(ctx, kind, each) })
}

// ScanAfter implements store.Reader.
func (r *Reader) ScanAfter(
	ctx context.Context, kind directory.RowKind, after directory.Row, limit int, f func(directory.Row) error,
) error {
	some := store.AtMost(limit, f)
	return store.Enough(r.Scan(ctx, kind, func(row directory.Row) error {
		if after != nil && directory.CompareRowKeys(row.Key(), after.Key()) <= 0 {
			return nil
		}
		return some(row)
	}))
}

// merge calls f by key for the rows that a walk yields, without those that were
// changed, and for those of a kind that were there before.
func (r *Reader) merge(
	kind directory.RowKind, belongs func(directory.Row) bool, f func(directory.Row) error,
	walk func(func(directory.Row) error) error,
) error {
	var before []directory.Row
	for key, row := range r.undo.before {
		if key.Kind == kind && row != nil && belongs(row) {
			before = append(before, row)
		}
	}
	slices.SortFunc(before, func(a, b directory.Row) int { return directory.CompareRowKeys(a.Key(), b.Key()) })
	until := func(end directory.RowKey) error {
		for len(before) > 0 && directory.CompareRowKeys(before[0].Key(), end) < 0 {
			row := before[0]
			before = before[1:]
			if err := f(row); err != nil {
				return err
			}
		}
		return nil
	}
	err := walk(func(row directory.Row) error {
		key := row.Key()
		if err := until(key); err != nil {
			return err
		}
		if _, changed := r.undo.before[key]; changed || r.undo.gone(row) {
			return nil
		}
		return f(row)
	})
	if err != nil {
		return err
	}
	for _, row := range before {
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// Members implements store.Reader.
func (r *Reader) Members(ctx context.Context, group directory.GroupID, at directory.Instant,
	f func(directory.UserID) error) error {
	return r.RowsOf(ctx, directory.RowMembership, group.Object(), func(row directory.Row) error {
		if m, ok := row.(directory.Membership); ok && m.InForce(at) {
			return f(m.User)
		}
		return nil
	})
}

// Record implements store.Reader.
func (r *Reader) Record(ctx context.Context, rev directory.Revision) (store.Record, error) {
	if rev > r.head.Revision {
		return store.Record{}, directory.NotFound("revision", rev)
	}
	return r.Reader.Record(ctx, rev)
}

// Records implements store.Reader.
func (r *Reader) Records(
	ctx context.Context, after directory.Revision, of *directory.Object, limit int, f func(store.Record) error,
) error {
	err := r.Reader.Records(ctx, after, of, limit, func(rec store.Record) error {
		if rec.Header.Revision > r.head.Revision {
			return errLater
		}
		return f(rec)
	})
	if err == errLater { //nolint:errorlint // it is never wrapped
		return nil
	}
	return err
}
