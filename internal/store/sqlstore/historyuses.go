package sqlstore

import (
	"context"

	"cohort/internal/store"
)

func historyUses() ephemeralTable[store.HistoryUse] {
	return newEphemeral("history_uses", 2, "day user_id bytes", func(u *store.HistoryUse) []any {
		return []any{&u.Day, (*int64)(&u.User), &u.Bytes}
	})
}

func (e ephemera) PutHistoryUse(ctx context.Context, u store.HistoryUse) error {
	return e.db.write(ctx, func(t *tx) error { return historyUses().put(t, u) })
}

func (e ephemera) HistoryUses(ctx context.Context, day int64) ([]store.HistoryUse, error) {
	return listEphemeral(ctx, e, historyUses(), "WHERE day = $1 ORDER BY user_id", day)
}

func (e ephemera) SweepHistoryUses(ctx context.Context, before int64) (int64, error) {
	return e.change(ctx, "DELETE FROM history_uses WHERE day < $1", before)
}
