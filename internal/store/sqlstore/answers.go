package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Answer implements store.Reader.
func (r *reader) Answer(ctx context.Context, caller directory.UserID, key string) (a store.Answer, ok bool, err error) {
	if err := r.admit(ctx); err != nil {
		return a, false, err
	}
	a.Caller, a.Key = caller, key
	err = r.query(ctx, "SELECT body_sha256, reply, at FROM idempotency_keys WHERE caller = $1 AND key = $2",
		[]any{int64(caller), key}, []any{hash{&a.Request}, &a.Reply, (*int64)(&a.At)}, func() error { ok = true; return nil })
	if !ok {
		a = store.Answer{}
	}
	return a, ok, err
}

// PutAnswer implements store.Tx.
func (t *tx) PutAnswer(ctx context.Context, a store.Answer) error {
	if err := t.admit(ctx); err != nil {
		return err
	}
	reply := a.Reply
	if reply == nil {
		reply = []byte{}
	}
	return t.exec(`INSERT INTO idempotency_keys (caller, key, body_sha256, reply, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (caller, key) DO UPDATE SET body_sha256 = excluded.body_sha256, reply = excluded.reply, at = excluded.at`,
		int64(a.Caller), a.Key, a.Request[:], reply, int64(a.At))
}

func (s sessions) SweepAnswers(ctx context.Context, before directory.Instant) (int64, error) {
	return s.remove(ctx, "DELETE FROM idempotency_keys WHERE at < $1", int64(before))
}
