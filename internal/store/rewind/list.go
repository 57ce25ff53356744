package rewind

import (
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Users implements store.Reader. The list is that of now, without the touched
// users, into which these are merged as they were. Where a page begins in the
// list of now is known but for the number of touched users, so the page is read
// with as many to spare at both ends.
func (r *Reader) Users(ctx context.Context, q directory.UserQuery) ([]directory.UserRows, int, error) {
	now, before, err := r.changed(ctx)
	if err != nil {
		return nil, 0, err
	}
	if len(now) == 0 && len(before) == 0 {
		return r.Reader.Users(ctx, q)
	}
	if now, err = selected(now, q); err != nil {
		return nil, 0, err
	}
	if before, err = selected(before, q); err != nil {
		return nil, 0, err
	}
	wider := q
	wider.Offset = max(0, q.Offset-len(before))
	if q.Limit > 0 {
		wider.Limit = q.Offset - wider.Offset + q.Limit + len(now)
	}
	window, total, err := r.Reader.Users(ctx, wider)
	if err != nil {
		return nil, 0, err
	}
	total += len(before) - len(now)
	if len(window) == 0 && wider.Offset > 0 {
		return nil, total, nil // the page is behind the end
	}
	index := 0 // in the whole list, of the first of those that follow
	if wider.Offset > 0 {
		first := &window[0]
		earlier := func(u directory.UserRows) bool { return store.CompareUsers(&u, first, q.Sort) < 0 }
		index = wider.Offset - countIf(now, earlier)
		n := countIf(before, earlier)
		before = before[n:]
		index += n
	}
	list := append(r.without(window), before...)
	slices.SortStableFunc(list, func(a, b directory.UserRows) int { return store.CompareUsers(&a, &b, q.Sort) })
	list = list[min(q.Offset-index, len(list)):]
	if q.Limit > 0 {
		list = list[:min(q.Limit, len(list))]
	}
	return slices.Clip(list), total, nil
}

// selected are the users of a list that a query selects, in its order.
func selected(users []directory.UserRows, q directory.UserQuery) ([]directory.UserRows, error) {
	var list []directory.UserRows
	for i := range users {
		if users[i].User.DeletedRev != 0 {
			continue
		}
		ok, err := store.Selects(q.Where, &users[i])
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, users[i])
		}
	}
	slices.SortFunc(list, func(a, b directory.UserRows) int { return store.CompareUsers(&a, &b, q.Sort) })
	return list, nil
}

func countIf(list []directory.UserRows, test func(directory.UserRows) bool) (n int) {
	for _, u := range list {
		if test(u) {
			n++
		}
	}
	return n
}

// UserPage implements store.Reader.
func (r *Reader) UserPage(ctx context.Context, q directory.UserQuery) ([]directory.UserID, int, error) {
	now, before, err := r.changed(ctx)
	if err != nil {
		return nil, 0, err
	}
	if len(now) == 0 && len(before) == 0 {
		return r.Reader.UserPage(ctx, q)
	}
	users, total, err := r.Users(ctx, q)
	return store.IDsOf(users), total, err
}
