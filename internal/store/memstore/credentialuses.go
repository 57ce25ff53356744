package memstore

import (
	"context"

	"cohort/internal/directory"
)

func (e ephemera) UseCredentials(ctx context.Context, uses directory.CredentialUses) error {
	return e.s.write(ctx, func(next *state) error {
		for id, at := range uses {
			next.ephemeral.used.put(id, max(at, next.ephemeral.used.m[id]))
		}
		return nil
	})
}

func (e ephemera) CredentialUses(
	ctx context.Context, ids ...directory.CredentialID,
) (directory.CredentialUses, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) directory.CredentialUses {
		uses := directory.CredentialUses{}
		for _, id := range ids {
			if at, ok := l.used.m[id]; ok {
				uses[id] = at
			}
		}
		return uses
	})
}

func (e ephemera) SweepCredentialUses(ctx context.Context) (n int64, err error) {
	err = e.s.write(ctx, func(next *state) error {
		for id := range next.ephemeral.used.m {
			if _, there := next.rows[directory.RowCredential].m[directory.Credential{ID: id}.Key()]; !there {
				next.ephemeral.used.remove(id)
				n++
			}
		}
		return nil
	})
	return n, err
}
