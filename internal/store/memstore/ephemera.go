package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// ephemera are the rows without a revision.
type ephemera struct{ s *Store }

// ephemeralRows are the tables without a revision.
type ephemeralRows struct {
	tokens   table[[32]byte, store.Token]
	ended    [][32]byte // ended tokens, in order
	attempts table[string, store.Attempts]
	answers  table[answerKey, store.Answer]
	previews table[string, store.Preview]
	claims   table[string, string]
	uses     table[useKey, store.HistoryUse]
	nodes    table[string, store.Node]
	used     table[directory.CredentialID, directory.Instant]
	upgrades table[string, struct{}]
	reveals  []directory.Reveal
	people   people
}

type answerKey struct {
	caller directory.UserID
	key    string
}

// copy returns tables that can be changed without affecting l.
func (l ephemeralRows) copy() ephemeralRows {
	l.tokens.owned, l.attempts.owned, l.answers.owned, l.previews.owned, l.claims.owned = false, false, false, false, false
	l.uses.owned, l.nodes.owned, l.upgrades.owned, l.used.owned = false, false, false, false
	l.reveals, l.ended = slices.Clip(l.reveals), slices.Clip(l.ended)
	l.people = l.people.copy()
	return l
}

// readEphemeral reads the current tables.
func readEphemeral[T any](ctx context.Context, s *Store, f func(*ephemeralRows) T) (result T, err error) {
	if err := s.begin(ctx); err != nil {
		return result, err
	}
	defer s.end()
	return f(&s.current.Load().ephemeral), nil
}

// sweep removes the rows that are over and returns how many there were.
func sweep[K comparable, V any](ctx context.Context, s *Store, of func(*ephemeralRows) *table[K, V],
	over func(V) bool) (n int64, err error) {
	err = s.write(ctx, func(next *state) error {
		t := of(&next.ephemeral)
		for key, row := range t.m {
			if over(row) {
				t.remove(key)
				n++
			}
		}
		return nil
	})
	return n, err
}

func (e ephemera) Attempts(ctx context.Context, key string) (store.Attempts, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) store.Attempts { return l.attempts.m[key] })
}

func (e ephemera) AllAttempts(ctx context.Context, since directory.Instant,
	atLeast int) ([]store.KeyedAttempts, error) {
	if err := e.s.begin(ctx); err != nil {
		return nil, err
	}
	defer e.s.end()
	var list []store.KeyedAttempts
	for key, a := range e.s.current.Load().ephemeral.attempts.m {
		if a.Last >= since && a.Count >= atLeast {
			list = append(list, store.KeyedAttempts{Key: key, Attempts: a})
		}
	}
	slices.SortFunc(list, func(a, b store.KeyedAttempts) int { return cmp.Compare(a.Key, b.Key) })
	return list, nil
}

func (e ephemera) CountAttempt(ctx context.Context, key string, at,
	since directory.Instant) (a store.Attempts, err error) {
	err = e.s.write(ctx, func(next *state) error {
		a = next.ephemeral.attempts.m[key]
		if a.Count == 0 || a.First < since {
			a = store.Attempts{First: at}
		}
		a.Count++
		a.Last = at
		next.ephemeral.attempts.put(key, a)
		return nil
	})
	return a, err
}

func (e ephemera) ClearAttempts(ctx context.Context, key string) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.attempts.remove(key)
		return nil
	})
}

func (e ephemera) SweepAttempts(ctx context.Context, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[string, store.Attempts] { return &l.attempts },
		func(r store.Attempts) bool { return r.Last < before })
}

func (e ephemera) SweepAnswers(ctx context.Context, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[answerKey, store.Answer] { return &l.answers },
		func(r store.Answer) bool { return r.At < before })
}

func (e ephemera) PutReveal(ctx context.Context, r directory.Reveal) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.reveals = append(next.ephemeral.reveals, r)
		return nil
	})
}

func (e ephemera) Reveals(ctx context.Context, limit int) ([]directory.Reveal, error) {
	if err := e.s.begin(ctx); err != nil {
		return nil, err
	}
	defer e.s.end()
	list := slices.Clone(e.s.current.Load().ephemeral.reveals)
	slices.Reverse(list)
	return list[:min(max(limit, 0), len(list))], nil
}

func (e ephemera) PutPreview(ctx context.Context, p store.Preview) error {
	return e.s.write(ctx, func(next *state) error {
		if _, ok := next.ephemeral.previews.m[p.Token]; ok {
			return fmt.Errorf("the preview is there already")
		}
		p.Data = slices.Clone(p.Data)
		next.ephemeral.previews.put(p.Token, p)
		return nil
	})
}

func (e ephemera) SweepPreviews(ctx context.Context, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[string, store.Preview] { return &l.previews },
		func(r store.Preview) bool { return r.ExpiresAt < before })
}

func (e ephemera) ClaimedKey(ctx context.Context, purpose string) (string, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) string { return l.claims.m[purpose] })
}

func (e ephemera) ClaimKey(ctx context.Context, purpose, from, to string) (ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		if ok = next.ephemeral.claims.m[purpose] == from; ok {
			next.ephemeral.claims.put(purpose, to)
		}
		return nil
	})
	return ok && err == nil, err
}
