package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func tokens() ephemeralTable[store.Token] {
	columns := "sha256 user_id credential sudoer workspace created_at expires_at parent used_at"
	return newEphemeral("tokens", 1, columns, func(t *store.Token) []any {
		return []any{
			hash{&t.Hash}, (*int64)(&t.User), (*int64)(&t.Credential), (*int64)(&t.Sudoer), &t.Workspace,
			(*int64)(&t.CreatedAt), (*int64)(&t.ExpiresAt), hash{&t.Parent}, (*int64)(&t.UsedAt),
		}
	})
}

func (e ephemera) PutToken(ctx context.Context, t store.Token, limit store.TokenLimit) (ended [][32]byte, err error) {
	err = e.db.write(ctx, func(tx *tx) error {
		if ended, err = tx.tooManyTokens(ctx, &t, limit); err != nil {
			return err
		}
		if _, err := tx.endTokens(ctx, ended); err != nil {
			return err
		}
		return tokens().insert(tx, t)
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// tooManyTokens returns the tokens of a credential that end because of a new one.
func (t *tx) tooManyTokens(ctx context.Context, made *store.Token, limit store.TokenLimit) ([][32]byte, error) {
	if limit.Most <= 0 {
		return nil, nil
	}
	var all int
	const text = "SELECT count(*) FROM tokens WHERE credential = $1"
	err := t.query(ctx, text, []any{int64(made.Credential)}, []any{&all}, func() error { return nil })
	if err != nil || all < limit.Most {
		return nil, err
	}
	live, err := tokens().list(ctx, t.reader, "WHERE credential = $1 AND expires_at > $2",
		int64(made.Credential), int64(limit.Now))
	return store.TooManyTokens(live, made, limit), err
}

// endTokens revokes tokens and those that were made from them, and tells other nodes.
func (t *tx) endTokens(ctx context.Context, hashes [][32]byte) (ended int64, err error) {
	for _, sum := range hashes {
		n, err := t.change("DELETE FROM tokens WHERE sha256 = $1 OR parent = $1", sum[:])
		if err != nil {
			return 0, err
		}
		ended += n
	}
	if ended == 0 {
		return 0, nil
	}
	// The row is locked until the commit, so numbers are in the order of commits.
	err = t.exec(`INSERT INTO token_feed (id, last) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET last = token_feed.last + excluded.last`, int64(len(hashes)))
	if err != nil {
		return 0, err
	}
	last, err := t.lastTokenEnd(ctx)
	if err != nil {
		return 0, err
	}
	for i, sum := range hashes {
		n := last - int64(len(hashes)-1-i)
		if err := t.exec("INSERT INTO token_ends (n, sha256) VALUES ($1, $2)", n, sum[:]); err != nil {
			return 0, err
		}
	}
	return ended, t.exec("DELETE FROM token_ends WHERE n <= $1", last-store.MaxTokenEnds)
}

func (r *reader) lastTokenEnd(ctx context.Context) (last int64, err error) {
	err = r.query(ctx, "SELECT last FROM token_feed WHERE id = 1", nil, []any{&last}, func() error { return nil })
	return last, err
}

func (e ephemera) TokenEnds(ctx context.Context, after int64) (ends store.TokenEnds, err error) {
	err = e.db.read(ctx, func(r *reader) error {
		if ends.Last, err = r.lastTokenEnd(ctx); err != nil || ends.Last == after {
			return err
		}
		var sum [32]byte
		const text = "SELECT sha256 FROM token_ends WHERE n > $1 ORDER BY n"
		err := r.query(ctx, text, []any{after}, []any{hash{&sum}}, func() error {
			ends.Hashes = append(ends.Hashes, sum)
			return nil
		})
		ends.Lost = int64(len(ends.Hashes)) != ends.Last-after
		return err
	})
	return ends, err
}

func (e ephemera) Token(ctx context.Context, sum [32]byte) (store.Token, bool, error) {
	return firstEphemeral(ctx, e, tokens(), "WHERE sha256 = $1", sum[:])
}

func (e ephemera) TokensOf(ctx context.Context, user directory.UserID) ([]store.Token, error) {
	return listEphemeral(ctx, e, tokens(), "WHERE user_id = $1 ORDER BY created_at, sha256", int64(user))
}

func (e ephemera) SetWorkspace(ctx context.Context, sum [32]byte, workspace string) error {
	n, err := e.change(ctx, "UPDATE tokens SET workspace = $1 WHERE sha256 = $2", workspace, sum[:])
	if err == nil && n == 0 {
		err = &directory.Error{Kind: directory.KindNotFound, Msg: "the session was not found"}
	}
	return err
}

func (e ephemera) UseTokens(ctx context.Context, uses store.TokenUses) error {
	return e.db.write(ctx, func(t *tx) error {
		for sum, at := range uses {
			if err := t.exec("UPDATE tokens SET used_at = $1 WHERE sha256 = $2 AND used_at < $1", int64(at),
				sum[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e ephemera) DeleteToken(ctx context.Context, sum [32]byte) (ok bool, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		n, err := t.endTokens(ctx, [][32]byte{sum})
		ok = n > 0
		return err
	})
	return ok && err == nil, err
}

func (e ephemera) SweepTokens(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "tokens", "expires_at", before)
}
