package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func answers() ephemeralTable[store.Answer] {
	return newEphemeral("idempotency_keys", 2, "caller key body_sha256 reply at", func(a *store.Answer) []any {
		return []any{(*int64)(&a.Caller), &a.Key, hash{&a.Request}, &a.Reply, (*int64)(&a.At)}
	})
}

// Answer implements store.Reader.
func (r *reader) Answer(ctx context.Context, caller directory.UserID, key string) (store.Answer, bool, error) {
	if err := r.admit(ctx); err != nil {
		return store.Answer{}, false, err
	}
	return answers().first(ctx, r, "WHERE caller = $1 AND key = $2", int64(caller), key)
}

// PutAnswer implements store.Tx.
func (t *tx) PutAnswer(ctx context.Context, a store.Answer) error {
	if err := t.admit(ctx); err != nil {
		return err
	}
	return answers().put(t, a)
}

func (e ephemera) SweepAnswers(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "idempotency_keys", "at", before)
}
