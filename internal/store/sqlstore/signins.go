package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func signInLinks() ephemeralTable[store.SignInLink] {
	const columns = "sha256 user_id made_by created_at expires_at"
	return newEphemeral("sign_in_links", 1, columns, func(l *store.SignInLink) []any {
		return []any{hash{&l.Hash}, (*int64)(&l.User), (*int64)(&l.MadeBy), (*int64)(&l.CreatedAt), (*int64)(&l.ExpiresAt)}
	})
}

func (e ephemera) PutSignInLink(ctx context.Context, l store.SignInLink) error {
	return e.db.write(ctx, func(t *tx) error {
		if _, err := t.change("DELETE FROM sign_in_links WHERE user_id = $1", int64(l.User)); err != nil {
			return err
		}
		return signInLinks().insert(t, l)
	})
}

func (e ephemera) TakeSignInLink(ctx context.Context, sum [32]byte) (store.SignInLink, bool, error) {
	return takeEphemeral(ctx, e, signInLinks(), sum)
}

// takeEphemeral reads the row of a hash and removes it.
func takeEphemeral[T any](
	ctx context.Context, e ephemera, l ephemeralTable[T], sum [32]byte,
) (row T, ok bool, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		if row, ok, err = l.first(ctx, t.reader, "WHERE sha256 = $1", sum[:]); err != nil || !ok {
			return err
		}
		_, err = t.change("DELETE FROM "+l.name+" WHERE sha256 = $1", sum[:])
		return err
	})
	if err != nil {
		var none T
		return none, false, err
	}
	return row, ok, nil
}

func pendingSignIns() ephemeralTable[store.PendingSignIn] {
	return newEphemeral("pending_sign_ins", 1, "sha256 data created_at expires_at", func(p *store.PendingSignIn) []any {
		return []any{hash{&p.Hash}, &p.Data, (*int64)(&p.CreatedAt), (*int64)(&p.ExpiresAt)}
	})
}

func (e ephemera) PutPendingSignIn(ctx context.Context, p store.PendingSignIn, most int) error {
	return e.db.write(ctx, func(t *tx) error {
		if err := pendingSignIns().insert(t, p); err != nil {
			return err
		}
		_, err := t.change("DELETE FROM pending_sign_ins WHERE sha256 NOT IN (SELECT sha256 FROM pending_sign_ins"+
			" ORDER BY created_at DESC, sha256 DESC LIMIT $1)", int64(most))
		return err
	})
}

func (e ephemera) TakePendingSignIn(ctx context.Context, sum [32]byte) (store.PendingSignIn, bool, error) {
	return takeEphemeral(ctx, e, pendingSignIns(), sum)
}

func signIns() ephemeralTable[store.SignIn] {
	columns := "sha256 user_id method subject session token agent created_at proved_at seen_at expires_at"
	return newEphemeral("sign_ins", 1, columns, func(s *store.SignIn) []any {
		return []any{
			hash{&s.Hash}, (*int64)(&s.User), &s.Method, &s.Subject, &s.Session, &s.Token, &s.Agent,
			(*int64)(&s.CreatedAt), (*int64)(&s.ProvedAt), (*int64)(&s.SeenAt), (*int64)(&s.ExpiresAt),
		}
	})
}

func (e ephemera) PutSignIn(ctx context.Context, s store.SignIn) error {
	if s.Token == nil {
		s.Token = []byte{}
	}
	return insertEphemeral(ctx, e, signIns(), s)
}

func (e ephemera) SignIn(ctx context.Context, sum [32]byte) (store.SignIn, bool, error) {
	return firstEphemeral(ctx, e, signIns(), "WHERE sha256 = $1", sum[:])
}

func (e ephemera) SignIns(ctx context.Context, user directory.UserID) ([]store.SignIn, error) {
	const order = " ORDER BY created_at, sha256"
	if user == 0 {
		return listEphemeral(ctx, e, signIns(), order)
	}
	return listEphemeral(ctx, e, signIns(), "WHERE user_id = $1"+order, int64(user))
}

func (e ephemera) SeeSignIn(ctx context.Context, sum [32]byte, at directory.Instant) error {
	_, err := e.change(ctx, "UPDATE sign_ins SET seen_at = $1 WHERE sha256 = $2 AND seen_at < $1", int64(at), sum[:])
	return err
}

func (e ephemera) DeleteSignIn(ctx context.Context, sum [32]byte) (bool, error) {
	n, err := e.change(ctx, "DELETE FROM sign_ins WHERE sha256 = $1", sum[:])
	return n > 0, err
}

// A logoutNote is a provider's message that was handled.
type logoutNote struct {
	sum     [32]byte
	expires directory.Instant
}

func logoutNotes() ephemeralTable[logoutNote] {
	return newEphemeral("logout_notes", 1, "sha256 expires_at",
		func(n *logoutNote) []any { return []any{hash{&n.sum}, (*int64)(&n.expires)} })
}

func (e ephemera) EndSignIns(ctx context.Context, l store.Logout) (ended int64, ok bool, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		_, there, err := logoutNotes().first(ctx, t.reader, "WHERE sha256 = $1", l.ID[:])
		if ok = err == nil && !there; !ok {
			return err
		}
		if err := logoutNotes().insert(t, logoutNote{l.ID, l.ExpiresAt}); err != nil {
			return err
		}
		ended, err = t.change("DELETE FROM sign_ins WHERE method = $1 AND ($2 = '' OR subject = $2) AND ($3 = '' OR "+
			"session = $3)",
			l.Method, l.Subject, l.Session)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return ended, ok, nil
}

func (e ephemera) SweepSignIns(ctx context.Context, before directory.Instant) (total int64, err error) {
	for _, table := range []string{"sign_in_links", "pending_sign_ins", "sign_ins", "logout_notes"} {
		n, err := e.sweep(ctx, table, "expires_at", before)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}
