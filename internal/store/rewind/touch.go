package rewind

import (
	"context"

	"cohort/internal/directory"
)

// UserIDs implements store.Reader.
func (r *Reader) UserIDs(
	ctx context.Context, where directory.UserFilter, after directory.UserID, limit int,
) ([]directory.UserID, error) {
	if len(r.touched()) == 0 {
		return r.Reader.UserIDs(ctx, where, after, limit)
	}
	above := directory.UsersAnd{directory.UsersAfter(after)}
	if where != nil {
		above = append(above, where)
	}
	rows, _, err := r.Users(ctx, directory.UserQuery{Where: above, Limit: max(limit, 1), Uncounted: true})
	ids := make([]directory.UserID, len(rows))
	for i := range rows {
		ids[i] = rows[i].User.ID
	}
	return ids, err
}

// LastChanges implements store.Reader.
func (r *Reader) LastChanges(
	ctx context.Context, objects []directory.Object, through directory.Revision,
) ([]directory.Touch, error) {
	return r.Reader.LastChanges(ctx, objects, min(through, r.head.Revision))
}
