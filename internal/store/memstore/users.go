package memstore

import (
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func (r *reader) UserPage(ctx context.Context, q directory.UserQuery) ([]directory.UserID, int, error) {
	users, total, err := r.Users(ctx, q)
	return store.IDsOf(users), total, err
}

func (r *reader) Users(ctx context.Context, q directory.UserQuery) ([]directory.UserRows, int, error) {
	if err := r.enter(ctx); err != nil {
		return nil, 0, err
	}
	var list []directory.UserRows
	for _, u := range r.state.allUsers() {
		if u.User.DeletedRev != 0 {
			continue
		}
		selected, err := store.Selects(q.Where, &u)
		if err != nil {
			return nil, 0, r.fail(err)
		}
		if selected {
			list = append(list, u)
		}
	}
	for _, s := range q.Sort {
		if s.Field < directory.FieldID || s.Field > directory.FieldCreatedAt {
			return nil, 0, r.fail(fmt.Errorf("users cannot be sorted by field %d", s.Field))
		}
	}
	slices.SortFunc(list, func(a, b directory.UserRows) int { return store.CompareUsers(&a, &b, q.Sort) })
	if q.Offset < 0 || q.Limit < 0 {
		return nil, 0, r.fail(fmt.Errorf("offset %d, limit %d", q.Offset, q.Limit))
	}
	total := len(list)
	list = list[min(q.Offset, total):]
	if q.Limit > 0 {
		list = list[:min(q.Limit, len(list))]
	}
	return slices.Clip(list), total, nil
}
