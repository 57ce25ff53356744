package store

import (
	"context"

	"cohort/internal/directory"
)

// Lazy is a Reader that begins to read when it is asked for something: it is
// the function that then runs another on a Reader.
type Lazy func(ctx context.Context, f func(Reader) error) error

var _ Reader = Lazy(nil)

// Head implements Reader.
func (l Lazy) Head(ctx context.Context) (out Head, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.Head(ctx); return err })
	return out, err
}

// Revision implements Reader.
func (l Lazy) Revision(ctx context.Context) (out directory.Revision, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.Revision(ctx); return err })
	return out, err
}

// Row implements Reader.
func (l Lazy) Row(ctx context.Context, key directory.RowKey) (row directory.Row, ok bool, err error) {
	err = l(ctx, func(r Reader) error { row, ok, err = r.Row(ctx, key); return err })
	return row, ok, err
}

// Find implements Reader.
func (l Lazy) Find(ctx context.Context, key directory.IndexKey, limit int) (out []directory.RowKey, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.Find(ctx, key, limit); return err })
	return out, err
}

// UserRows implements Reader.
func (l Lazy) UserRows(ctx context.Context, id directory.UserID) (rows directory.UserRows, ok bool, err error) {
	err = l(ctx, func(r Reader) error { rows, ok, err = r.UserRows(ctx, id); return err })
	return rows, ok, err
}

// UsersByID implements Reader.
func (l Lazy) UsersByID(ctx context.Context, ids []directory.UserID) (out []directory.UserRows, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.UsersByID(ctx, ids); return err })
	return out, err
}

// UsersAfter implements Reader.
func (l Lazy) UsersAfter(
	ctx context.Context, after directory.UserID, limit int,
) (out []directory.UserRows, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.UsersAfter(ctx, after, limit); return err })
	return out, err
}

// EffectiveInputs implements Reader.
func (l Lazy) EffectiveInputs(
	ctx context.Context, q EffectiveInputQuery,
) (out []directory.UserRows, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.EffectiveInputs(ctx, q); return err })
	return out, err
}

// Members implements Reader.
func (l Lazy) Members(
	ctx context.Context, group directory.GroupID, at directory.Instant, f func(directory.UserID) error,
) error {
	return l(ctx, func(r Reader) error { return r.Members(ctx, group, at, f) })
}

// RowsOf implements Reader.
func (l Lazy) RowsOf(
	ctx context.Context, kind directory.RowKind, of directory.Object, f func(directory.Row) error,
) error {
	return l(ctx, func(r Reader) error { return r.RowsOf(ctx, kind, of, f) })
}

// RowsOfAll implements Reader.
func (l Lazy) RowsOfAll(
	ctx context.Context, kind directory.RowKind, of []directory.Object, f func(directory.Row) error,
) error {
	return l(ctx, func(r Reader) error { return r.RowsOfAll(ctx, kind, of, f) })
}

// Scan implements Reader.
func (l Lazy) Scan(ctx context.Context, kind directory.RowKind, f func(directory.Row) error) error {
	return l(ctx, func(r Reader) error { return r.Scan(ctx, kind, f) })
}

// ScanAfter implements Reader.
func (l Lazy) ScanAfter(
	ctx context.Context, kind directory.RowKind, after directory.Row, limit int, f func(directory.Row) error,
) error {
	return l(ctx, func(r Reader) error { return r.ScanAfter(ctx, kind, after, limit, f) })
}

// Users implements Reader.
func (l Lazy) Users(
	ctx context.Context, q directory.UserQuery,
) (users []directory.UserRows, total int, err error) {
	err = l(ctx, func(r Reader) error { users, total, err = r.Users(ctx, q); return err })
	return users, total, err
}

// UserPage implements Reader.
func (l Lazy) UserPage(ctx context.Context, q directory.UserQuery) (ids []directory.UserID, total int, err error) {
	err = l(ctx, func(r Reader) error { ids, total, err = r.UserPage(ctx, q); return err })
	return ids, total, err
}

// UserIDs implements Reader.
func (l Lazy) UserIDs(
	ctx context.Context, where directory.UserFilter, after directory.UserID, limit int,
) (out []directory.UserID, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.UserIDs(ctx, where, after, limit); return err })
	return out, err
}

// LastChanges implements Reader.
func (l Lazy) LastChanges(
	ctx context.Context, objects []directory.Object, through directory.Revision,
) (out []directory.Touch, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.LastChanges(ctx, objects, through); return err })
	return out, err
}

// MemberCounts implements Reader.
func (l Lazy) MemberCounts(
	ctx context.Context, groups []directory.GroupID, at directory.Instant,
) (out []int64, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.MemberCounts(ctx, groups, at); return err })
	return out, err
}

// NextBoundary implements Reader.
func (l Lazy) NextBoundary(ctx context.Context, after directory.Instant) (out directory.Instant, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.NextBoundary(ctx, after); return err })
	return out, err
}

// Record implements Reader.
func (l Lazy) Record(ctx context.Context, rev directory.Revision) (out Record, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.Record(ctx, rev); return err })
	return out, err
}

// Records implements Reader.
func (l Lazy) Records(
	ctx context.Context, after directory.Revision, of *directory.Object, limit int, f func(Record) error,
) error {
	return l(ctx, func(r Reader) error { return r.Records(ctx, after, of, limit, f) })
}

// Secret implements Reader.
func (l Lazy) Secret(ctx context.Context, id directory.CredentialID) (hash [32]byte, ok bool, err error) {
	err = l(ctx, func(r Reader) error { hash, ok, err = r.Secret(ctx, id); return err })
	return hash, ok, err
}

// Sealed implements Reader.
func (l Lazy) Sealed(ctx context.Context, id directory.SealedID) (out Sealed, err error) {
	err = l(ctx, func(r Reader) error { out, err = r.Sealed(ctx, id); return err })
	return out, err
}

// Answer implements Reader.
func (l Lazy) Answer(ctx context.Context, caller directory.UserID, key string) (a Answer, ok bool, err error) {
	err = l(ctx, func(r Reader) error { a, ok, err = r.Answer(ctx, caller, key); return err })
	return a, ok, err
}

// Preview implements Reader.
func (l Lazy) Preview(ctx context.Context, token string) (p Preview, ok bool, err error) {
	err = l(ctx, func(r Reader) error { p, ok, err = r.Preview(ctx, token); return err })
	return p, ok, err
}
