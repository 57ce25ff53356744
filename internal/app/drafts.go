package app

import (
	"context"
	"time"

	"cohort/internal/directory"
	"cohort/internal/seal"
	"cohort/internal/store"
)

// drafts stores the drafts of the console sealed, because they contain what people typed for
// hidden attributes.
type drafts struct {
	rows store.Drafts
	ring *seal.Ring
}

// Draft implements pagekit.Drafts. A draft whose key is gone is lost.
func (d drafts) Draft(ctx context.Context, user directory.UserID) ([]byte, int64, error) {
	row, ok, err := d.rows.Draft(ctx, user)
	if err != nil || !ok || len(row.Data) == 0 {
		return nil, row.Version, err
	}
	data, err := box{d.ring}.Open(user, row.Data)
	if err != nil {
		return nil, row.Version, nil //nolint:nilerr // as said
	}
	return data, row.Version, nil
}

// PutDraft implements pagekit.Drafts.
func (d drafts) PutDraft(ctx context.Context, user directory.UserID, data []byte, version int64) (bool, error) {
	sealed, err := box{d.ring}.Seal(user, data)
	if err != nil {
		return false, err
	}
	row := store.Draft{User: user, Version: version, Data: sealed, ChangedAt: directory.InstantOf(time.Now())}
	return d.rows.PutDraft(ctx, row)
}
