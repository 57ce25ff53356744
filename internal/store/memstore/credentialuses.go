package memstore

import (
	"context"

	"cohort/internal/directory"
)

func (e ephemera) UseCredentials(ctx context.Context, uses directory.CredentialUses) error {
	return e.s.write(ctx, func(next *state) error {
		for id, at := range uses {
			next.loose.used.put(id, max(at, next.loose.used.m[id]))
		}
		return nil
	})
}

func (e ephemera) CredentialUses(
	ctx context.Context, ids ...directory.CredentialID,
) (directory.CredentialUses, error) {
	return readLoose(ctx, e.s, func(l *loose) directory.CredentialUses {
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
		for id := range next.loose.used.m {
			if _, there := next.rows[directory.RowCredential].m[directory.Credential{ID: id}.Key()]; !there {
				next.loose.used.remove(id)
				n++
			}
		}
		return nil
	})
	return n, err
}
