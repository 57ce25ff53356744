package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func drafts() ephemeralTable[store.Draft] {
	return newEphemeral("drafts", 1, "user_id version data changed_at", func(d *store.Draft) []any {
		return []any{(*int64)(&d.User), &d.Version, &d.Data, (*int64)(&d.ChangedAt)}
	})
}

func (e ephemera) Draft(ctx context.Context, user directory.UserID) (store.Draft, bool, error) {
	return firstEphemeral(ctx, e, drafts(), "WHERE user_id = $1", int64(user))
}

func (e ephemera) PutDraft(ctx context.Context, d store.Draft) (ok bool, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		before, _, err := drafts().first(ctx, t.reader, "WHERE user_id = $1", int64(d.User))
		if ok = err == nil && before.Version == d.Version-1; !ok {
			return err
		}
		return drafts().put(t, d)
	})
	return ok && err == nil, err
}

func (e ephemera) DeleteDraft(ctx context.Context, user directory.UserID) error {
	_, err := e.change(ctx, "DELETE FROM drafts WHERE user_id = $1", int64(user))
	return err
}

func (e ephemera) SweepDrafts(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "drafts", "changed_at", before)
}
