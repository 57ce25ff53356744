package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// sessions are the rows without a revision.
type sessions struct{ db *DB }

// Sessions implements store.Store.
func (d *DB) Sessions() store.Sessions { return sessions{d} }

func tokenFields(t *store.Token) []any {
	return []any{
		hash{&t.Hash}, (*int64)(&t.User), (*int64)(&t.Credential), (*int64)(&t.Sudoer), &t.Workspace,
		(*int64)(&t.CreatedAt), (*int64)(&t.ExpiresAt),
	}
}

func (s sessions) PutToken(ctx context.Context, t store.Token) error {
	return s.db.write(ctx, func(tx *tx) error {
		return tx.exec(`INSERT INTO tokens (sha256, user_id, credential, sudoer, workspace, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, valuesOf(nil, tokenFields(&t))...)
	})
}

func (s sessions) Token(ctx context.Context, sum [32]byte) (t store.Token, ok bool, err error) {
	err = s.db.read(ctx, func(r *reader) error {
		return r.query(ctx, `SELECT sha256, user_id, credential, sudoer, workspace, created_at, expires_at
			FROM tokens WHERE sha256 = $1`, []any{sum[:]}, tokenFields(&t), func() error { ok = true; return nil })
	})
	return t, ok, err
}

func (s sessions) TokensOf(ctx context.Context, user directory.UserID) (list []store.Token, err error) {
	var t store.Token
	err = s.db.read(ctx, func(r *reader) error {
		return r.query(ctx, `SELECT sha256, user_id, credential, sudoer, workspace, created_at, expires_at
			FROM tokens WHERE user_id = $1 ORDER BY created_at, sha256`, []any{int64(user)}, tokenFields(&t),
			func() error { list = append(list, t); return nil })
	})
	return list, err
}

func (s sessions) SetWorkspace(ctx context.Context, sum [32]byte, workspace string) error {
	return s.db.write(ctx, func(tx *tx) error {
		n, err := tx.change("UPDATE tokens SET workspace = $1 WHERE sha256 = $2", workspace, sum[:])
		if err == nil && n == 0 {
			err = &directory.Error{Kind: directory.KindNotFound, Msg: "the session was not found"}
		}
		return err
	})
}

func (s sessions) DeleteToken(ctx context.Context, sum [32]byte) (bool, error) {
	n, err := s.remove(ctx, "DELETE FROM tokens WHERE sha256 = $1", sum[:])
	return n > 0, err
}

func (s sessions) SweepTokens(ctx context.Context, before directory.Instant) (int64, error) {
	return s.remove(ctx, "DELETE FROM tokens WHERE expires_at < $1", int64(before))
}

// remove runs a deletion and says how many rows went.
func (s sessions) remove(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = s.db.write(ctx, func(tx *tx) error {
		n, err = tx.change(text, args...)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

const selectAttempts = "SELECT count, first_at, last_at FROM login_attempts WHERE key = $1"

func attemptsFields(a *store.Attempts) []any {
	return []any{&a.Count, (*int64)(&a.First), (*int64)(&a.Last)}
}

func (s sessions) Attempts(ctx context.Context, key string) (a store.Attempts, err error) {
	err = s.db.read(ctx, func(r *reader) error {
		return r.query(ctx, selectAttempts, []any{key}, attemptsFields(&a), func() error { return nil })
	})
	return a, err
}

func (s sessions) AllAttempts(ctx context.Context, since directory.Instant, atLeast int) (list []store.KeyedAttempts, err error) {
	var a store.KeyedAttempts
	err = s.db.read(ctx, func(r *reader) error {
		return r.query(ctx, "SELECT key, count, first_at, last_at FROM login_attempts WHERE last_at >= $1 AND count >= $2 ORDER BY key",
			[]any{int64(since), int64(atLeast)}, append([]any{&a.Key}, attemptsFields(&a.Attempts)...),
			func() error { list = append(list, a); return nil })
	})
	return list, err
}

func (s sessions) CountAttempt(ctx context.Context, key string, at, since directory.Instant) (a store.Attempts, err error) {
	err = s.db.write(ctx, func(tx *tx) error {
		err := tx.query(ctx, selectAttempts, []any{key}, attemptsFields(&a), func() error { return nil })
		if err != nil {
			return err
		}
		if a.Count == 0 || a.First < since {
			a = store.Attempts{First: at}
		}
		a.Count++
		a.Last = at
		return tx.exec(`INSERT INTO login_attempts (key, count, first_at, last_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (key) DO UPDATE SET count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at`,
			key, int64(a.Count), int64(a.First), int64(a.Last))
	})
	if err != nil {
		return store.Attempts{}, err
	}
	return a, nil
}

func (s sessions) ClearAttempts(ctx context.Context, key string) error {
	_, err := s.remove(ctx, "DELETE FROM login_attempts WHERE key = $1", key)
	return err
}

func (s sessions) SweepAttempts(ctx context.Context, before directory.Instant) (int64, error) {
	return s.remove(ctx, "DELETE FROM login_attempts WHERE last_at < $1", int64(before))
}

func (s sessions) PutReveal(ctx context.Context, r store.Reveal) error {
	return s.db.write(ctx, func(tx *tx) error {
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

func (s sessions) Reveals(ctx context.Context, limit int) (list []store.Reveal, err error) {
	var v store.Reveal
	err = s.db.read(ctx, func(r *reader) error {
		return r.query(ctx, `SELECT at, caller, sudoer, attribute_id, owner_kind, owner_id, request_id
			FROM reveals ORDER BY n DESC LIMIT $1`, []any{int64(max(limit, 0))}, []any{
			(*int64)(&v.At), (*int64)(&v.Caller), (*int64)(&v.Sudoer), (*int64)(&v.Attribute),
			(*uint8)(&v.Owner.Kind), &v.Owner.ID, &v.RequestID,
		}, func() error { list = append(list, v); return nil })
	})
	return list, err
}
