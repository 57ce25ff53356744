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

// sessions are the rows without a revision.
type sessions struct{ s *Store }

func (s sessions) PutToken(ctx context.Context, t store.Token) error {
	return s.s.write(ctx, func(next *state) error {
		if _, ok := next.tokens.m[t.Hash]; ok {
			return fmt.Errorf("the token is there already")
		}
		next.tokens.put(t.Hash, t)
		return nil
	})
}

func (s sessions) Token(ctx context.Context, hash [32]byte) (store.Token, bool, error) {
	if err := s.s.begin(ctx); err != nil {
		return store.Token{}, false, err
	}
	defer s.s.end()
	t, ok := s.s.current.Load().tokens.m[hash]
	return t, ok, nil
}

func (s sessions) TokensOf(ctx context.Context, user directory.UserID) ([]store.Token, error) {
	if err := s.s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.s.end()
	var list []store.Token
	for _, t := range s.s.current.Load().tokens.m {
		if t.User == user {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b store.Token) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), bytes.Compare(a.Hash[:], b.Hash[:]))
	})
	return list, nil
}

func (s sessions) SetWorkspace(ctx context.Context, hash [32]byte, workspace string) error {
	return s.s.write(ctx, func(next *state) error {
		t, ok := next.tokens.m[hash]
		if !ok {
			return &directory.Error{Kind: directory.KindNotFound, Msg: "the session was not found"}
		}
		t.Workspace = workspace
		next.tokens.put(hash, t)
		return nil
	})
}

func (s sessions) DeleteToken(ctx context.Context, hash [32]byte) (ok bool, err error) {
	err = s.s.write(ctx, func(next *state) error {
		_, ok = next.tokens.m[hash]
		next.tokens.remove(hash)
		return nil
	})
	return ok, err
}

func (s sessions) SweepTokens(ctx context.Context, before directory.Instant) (n int64, err error) {
	err = s.s.write(ctx, func(next *state) error {
		for hash, t := range next.tokens.m {
			if t.ExpiresAt < before {
				next.tokens.remove(hash)
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s sessions) Attempts(ctx context.Context, key string) (store.Attempts, error) {
	if err := s.s.begin(ctx); err != nil {
		return store.Attempts{}, err
	}
	defer s.s.end()
	return s.s.current.Load().attempts.m[key], nil
}

func (s sessions) AllAttempts(ctx context.Context, since directory.Instant, atLeast int) ([]store.KeyedAttempts, error) {
	if err := s.s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.s.end()
	var list []store.KeyedAttempts
	for key, a := range s.s.current.Load().attempts.m {
		if a.Last >= since && a.Count >= atLeast {
			list = append(list, store.KeyedAttempts{Key: key, Attempts: a})
		}
	}
	slices.SortFunc(list, func(a, b store.KeyedAttempts) int { return cmp.Compare(a.Key, b.Key) })
	return list, nil
}

func (s sessions) CountAttempt(ctx context.Context, key string, at, since directory.Instant) (a store.Attempts, err error) {
	err = s.s.write(ctx, func(next *state) error {
		a = next.attempts.m[key]
		if a.Count == 0 || a.First < since {
			a = store.Attempts{First: at}
		}
		a.Count++
		a.Last = at
		next.attempts.put(key, a)
		return nil
	})
	return a, err
}

func (s sessions) ClearAttempts(ctx context.Context, key string) error {
	return s.s.write(ctx, func(next *state) error {
		next.attempts.remove(key)
		return nil
	})
}

func (s sessions) SweepAttempts(ctx context.Context, before directory.Instant) (n int64, err error) {
	err = s.s.write(ctx, func(next *state) error {
		for key, a := range next.attempts.m {
			if a.Last < before {
				next.attempts.remove(key)
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s sessions) SweepAnswers(ctx context.Context, before directory.Instant) (n int64, err error) {
	err = s.s.write(ctx, func(next *state) error {
		for key, a := range next.answers.m {
			if a.At < before {
				next.answers.remove(key)
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s sessions) PutReveal(ctx context.Context, r store.Reveal) error {
	return s.s.write(ctx, func(next *state) error {
		next.reveals = append(next.reveals, r)
		return nil
	})
}

func (s sessions) Reveals(ctx context.Context, limit int) ([]store.Reveal, error) {
	if err := s.s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.s.end()
	list := slices.Clone(s.s.current.Load().reveals)
	slices.Reverse(list)
	return list[:min(max(limit, 0), len(list))], nil
}
