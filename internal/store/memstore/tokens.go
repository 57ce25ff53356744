package memstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func (e ephemera) PutToken(ctx context.Context, t store.Token, limit store.TokenLimit) (ended [][32]byte, err error) {
	err = e.s.write(ctx, func(next *state) error {
		if _, ok := next.ephemeral.tokens.m[t.Hash]; ok {
			return fmt.Errorf("the token is there already")
		}
		if limit.Most > 0 {
			var live []store.Token
			for _, other := range next.ephemeral.tokens.m {
				if other.Credential == t.Credential && other.ExpiresAt > limit.Now {
					live = append(live, other)
				}
			}
			ended = store.TooManyTokens(live, &t, limit)
			for _, hash := range ended {
				next.ephemeral.endToken(hash)
			}
		}
		next.ephemeral.tokens.put(t.Hash, t)
		return nil
	})
	return ended, err
}

// endToken revokes a token and those that were made from it.
func (l *ephemeralRows) endToken(hash [32]byte) (ok bool) {
	if _, ok = l.tokens.m[hash]; ok {
		l.tokens.remove(hash)
		l.ended = append(l.ended, hash)
	}
	for _, t := range l.tokens.m {
		if t.Parent == hash {
			l.tokens.remove(t.Hash)
		}
	}
	return ok
}

func (e ephemera) TokenEnds(ctx context.Context, after int64) (store.TokenEnds, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) store.TokenEnds {
		last := int64(len(l.ended))
		if after > last || after < last-store.MaxTokenEnds {
			return store.TokenEnds{Last: last, Lost: true}
		}
		return store.TokenEnds{Last: last, Hashes: append([][32]byte(nil), l.ended[after:]...)}
	})
}

func (e ephemera) Token(ctx context.Context, hash [32]byte) (store.Token, bool, error) {
	if err := e.s.begin(ctx); err != nil {
		return store.Token{}, false, err
	}
	defer e.s.end()
	t, ok := e.s.current.Load().ephemeral.tokens.m[hash]
	return t, ok, nil
}

func (e ephemera) TokensOf(ctx context.Context, user directory.UserID) ([]store.Token, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) []store.Token {
		var list []store.Token
		for _, t := range l.tokens.m {
			if t.User == user {
				list = append(list, t)
			}
		}
		slices.SortFunc(list, func(a, b store.Token) int {
			return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), bytes.Compare(a.Hash[:], b.Hash[:]))
		})
		return list
	})
}

func (e ephemera) SetWorkspace(ctx context.Context, hash [32]byte, workspace string) error {
	return e.s.write(ctx, func(next *state) error {
		t, ok := next.ephemeral.tokens.m[hash]
		if !ok {
			return &directory.Error{Kind: directory.KindNotFound, Msg: "the session was not found"}
		}
		t.Workspace = workspace
		next.ephemeral.tokens.put(hash, t)
		return nil
	})
}

func (e ephemera) UseTokens(ctx context.Context, uses store.TokenUses) error {
	return e.s.write(ctx, func(next *state) error {
		for hash, at := range uses {
			if t, ok := next.ephemeral.tokens.m[hash]; ok && t.UsedAt < at {
				t.UsedAt = at
				next.ephemeral.tokens.put(hash, t)
			}
		}
		return nil
	})
}

func (e ephemera) DeleteToken(ctx context.Context, hash [32]byte) (ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		ok = next.ephemeral.endToken(hash)
		return nil
	})
	return ok, err
}

func (e ephemera) SweepTokens(ctx context.Context, before directory.Instant) (int64, error) {
	of := func(l *ephemeralRows) *table[[32]byte, store.Token] { return &l.tokens }
	return sweep(ctx, e.s, of, func(r store.Token) bool { return r.ExpiresAt < before })
}
