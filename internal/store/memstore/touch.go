package memstore

import (
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func (r *reader) UserIDs(
	ctx context.Context, where directory.UserFilter, after directory.UserID, limit int,
) ([]directory.UserID, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	var ids []directory.UserID
	for _, u := range r.state.allUsers() {
		if u.User.DeletedRev != 0 || u.User.ID <= after || len(ids) == limit {
			continue
		}
		selected, err := store.Selects(where, &u)
		if err != nil {
			return nil, r.fail(err)
		}
		if selected {
			ids = append(ids, u.User.ID)
		}
	}
	return ids, nil
}

func (r *reader) LastChanges(
	ctx context.Context, objects []directory.Object, through directory.Revision,
) ([]directory.Touch, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	list := make([]directory.Touch, len(objects))
	for i, o := range objects {
		for _, rec := range r.state.records {
			touches := slices.ContainsFunc(rec.Objects, func(of store.RecordObject) bool { return of.Object == o })
			if rec.Header.Revision <= through && touches {
				list[i] = directory.Touch{Revision: rec.Header.Revision, At: rec.Header.At}
			}
		}
	}
	return list, nil
}
