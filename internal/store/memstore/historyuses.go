package memstore

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A useKey identifies a count of bytes of history.
type useKey struct {
	day  int64
	user directory.UserID
}

func (e ephemera) PutHistoryUse(ctx context.Context, u store.HistoryUse) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.uses.put(useKey{u.Day, u.User}, u)
		return nil
	})
}

func (e ephemera) HistoryUses(ctx context.Context, day int64) ([]store.HistoryUse, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) []store.HistoryUse {
		var list []store.HistoryUse
		for key, u := range l.uses.m {
			if key.day == day {
				list = append(list, u)
			}
		}
		slices.SortFunc(list, func(a, b store.HistoryUse) int { return cmp.Compare(a.User, b.User) })
		return list
	})
}

func (e ephemera) SweepHistoryUses(ctx context.Context, before int64) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[useKey, store.HistoryUse] { return &l.uses },
		func(u store.HistoryUse) bool { return u.Day < before })
}
