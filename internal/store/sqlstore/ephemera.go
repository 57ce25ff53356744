package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Ephemera implements store.Store.
func (d *DB) Ephemera() store.Ephemera { return ephemera{d} }

func failedLogins() ephemeralTable[store.KeyedAttempts] {
	return newEphemeral("login_attempts", 1, "key count first_at last_at", func(a *store.KeyedAttempts) []any {
		return []any{&a.Key, &a.Count, (*int64)(&a.First), (*int64)(&a.Last)}
	})
}

func (e ephemera) Attempts(ctx context.Context, key string) (store.Attempts, error) {
	a, _, err := firstEphemeral(ctx, e, failedLogins(), "WHERE key = $1", key)
	return a.Attempts, err
}

func (e ephemera) AllAttempts(ctx context.Context, since directory.Instant,
	atLeast int) ([]store.KeyedAttempts, error) {
	return listEphemeral(ctx, e, failedLogins(), "WHERE last_at >= $1 AND count >= $2 ORDER BY key", int64(since),
		int64(atLeast))
}

func (e ephemera) CountAttempt(ctx context.Context, key string, at,
	since directory.Instant) (a store.Attempts, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		found, _, err := failedLogins().first(ctx, t.reader, "WHERE key = $1", key)
		if err != nil {
			return err
		}
		a = found.Attempts
		if a.Count == 0 || a.First < since {
			a = store.Attempts{First: at}
		}
		a.Count++
		a.Last = at
		return failedLogins().put(t, store.KeyedAttempts{Key: key, Attempts: a})
	})
	if err != nil {
		return store.Attempts{}, err
	}
	return a, nil
}

func (e ephemera) ClearAttempts(ctx context.Context, key string) error {
	_, err := e.change(ctx, "DELETE FROM login_attempts WHERE key = $1", key)
	return err
}

func (e ephemera) SweepAttempts(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "login_attempts", "last_at", before)
}

func (e ephemera) PutReveal(ctx context.Context, r directory.Reveal) error {
	return e.db.write(ctx, func(tx *tx) error {
		var n int64
		err := tx.query(ctx, "SELECT n FROM reveals ORDER BY n DESC LIMIT 1", nil, []any{&n}, func() error { return nil })
		if err != nil {
			return err
		}
		return tx.exec(`INSERT INTO reveals (n, at, caller, sudoer, attribute_id, owner_kind, owner_id, request_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, n+1, int64(r.At), int64(r.Caller), int64(r.Sudoer), int64(r.Attribute),
			int64(r.Owner.Kind), r.Owner.ID, r.RequestID)
	})
}

func (e ephemera) Reveals(ctx context.Context, limit int) ([]directory.Reveal, error) {
	reveals := newEphemeral("reveals", 0, "at caller sudoer attribute_id owner_kind owner_id request_id",
		func(v *directory.Reveal) []any {
			return []any{
				(*int64)(&v.At), (*int64)(&v.Caller), (*int64)(&v.Sudoer), (*int64)(&v.Attribute),
				(*uint8)(&v.Owner.Kind), &v.Owner.ID, &v.RequestID,
			}
		})
	return listEphemeral(ctx, e, reveals, "ORDER BY n DESC LIMIT $1", int64(max(limit, 0)))
}
