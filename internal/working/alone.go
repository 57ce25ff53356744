package working

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Changes rarely ask these questions. A batch answers them from what is stored, and
// only as long as it has taken no change.

// stored is the reader below a batch that has taken no change yet.
func (b *Batch) stored() (store.Reader, error) {
	if len(b.changes) > 0 {
		return nil, ErrAlone
	}
	return b.layer.Reader, nil
}

// UsersByID implements store.Reader.
func (b *Batch) UsersByID(ctx context.Context, ids []directory.UserID) ([]directory.UserRows, error) {
	r, err := b.stored()
	if err != nil {
		return nil, err
	}
	return r.UsersByID(ctx, ids)
}

// UsersAfter implements store.Reader.
func (b *Batch) UsersAfter(ctx context.Context, after directory.UserID, limit int) ([]directory.UserRows, error) {
	r, err := b.stored()
	if err != nil {
		return nil, err
	}
	return r.UsersAfter(ctx, after, limit)
}

// EffectiveInputs implements store.Reader.
func (b *Batch) EffectiveInputs(ctx context.Context, q store.EffectiveInputQuery) ([]directory.UserRows, error) {
	r, err := b.stored()
	if err != nil {
		return nil, err
	}
	return r.EffectiveInputs(ctx, q)
}

// Members implements store.Reader.
func (b *Batch) Members(
	ctx context.Context, group directory.GroupID, at directory.Instant, f func(directory.UserID) error,
) error {
	r, err := b.stored()
	if err != nil {
		return err
	}
	return r.Members(ctx, group, at, f)
}

// RowsOfAll implements store.Reader.
func (b *Batch) RowsOfAll(
	ctx context.Context, kind directory.RowKind, of []directory.Object, f func(directory.Row) error,
) error {
	r, err := b.stored()
	if err != nil {
		return err
	}
	return r.RowsOfAll(ctx, kind, of, f)
}

// Scan implements store.Reader.
func (b *Batch) Scan(ctx context.Context, kind directory.RowKind, f func(directory.Row) error) error {
	r, err := b.stored()
	if err != nil {
		return err
	}
	return r.Scan(ctx, kind, f)
}

// ScanAfter implements store.Reader.
func (b *Batch) ScanAfter(
	ctx context.Context, kind directory.RowKind, after directory.Row, limit int, f func(directory.Row) error,
) error {
	r, err := b.stored()
	if err != nil {
		return err
	}
	return r.ScanAfter(ctx, kind, after, limit, f)
}

// Users implements store.Reader.
func (b *Batch) Users(ctx context.Context, q directory.UserQuery) ([]directory.UserRows, int, error) {
	r, err := b.stored()
	if err != nil {
		return nil, 0, err
	}
	return r.Users(ctx, q)
}

// UserPage implements store.Reader.
func (b *Batch) UserPage(ctx context.Context, q directory.UserQuery) ([]directory.UserID, int, error) {
	r, err := b.stored()
	if err != nil {
		return nil, 0, err
	}
	return r.UserPage(ctx, q)
}

// UserIDs implements store.Reader.
func (b *Batch) UserIDs(
	ctx context.Context, where directory.UserFilter, after directory.UserID, limit int,
) ([]directory.UserID, error) {
	r, err := b.stored()
	if err != nil {
		return nil, err
	}
	return r.UserIDs(ctx, where, after, limit)
}

// NextBoundary implements store.Reader.
func (b *Batch) NextBoundary(ctx context.Context, after directory.Instant) (directory.Instant, error) {
	r, err := b.stored()
	if err != nil {
		return 0, err
	}
	return r.NextBoundary(ctx, after)
}

// Record implements store.Reader.
func (b *Batch) Record(ctx context.Context, rev directory.Revision) (store.Record, error) {
	r, err := b.stored()
	if err != nil {
		return store.Record{}, err
	}
	return r.Record(ctx, rev)
}

// Records implements store.Reader.
func (b *Batch) Records(
	ctx context.Context, after directory.Revision, of *directory.Object, limit int, f func(store.Record) error,
) error {
	r, err := b.stored()
	if err != nil {
		return err
	}
	return r.Records(ctx, after, of, limit, f)
}
