package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A credentialUse is the last use of a credential.
type credentialUse struct {
	id directory.CredentialID
	at directory.Instant
}

func credentialUses() ephemeralTable[credentialUse] {
	return newEphemeral("credential_uses", 1, "credential used_at", func(u *credentialUse) []any {
		return []any{(*int64)(&u.id), (*int64)(&u.at)}
	})
}

func (e ephemera) UseCredentials(ctx context.Context, uses directory.CredentialUses) error {
	text := credentialUses().insertText() + " ON CONFLICT (credential) DO UPDATE SET used_at = excluded.used_at" +
		" WHERE credential_uses.used_at < excluded.used_at"
	return e.db.write(ctx, func(t *tx) error {
		for id, at := range uses {
			if err := t.exec(text, int64(id), int64(at)); err != nil {
				return err
			}
		}
		return nil
	})
}

// usesAtOnce is how many credentials one query asks for.
const usesAtOnce = 500

func (e ephemera) CredentialUses(
	ctx context.Context, ids ...directory.CredentialID,
) (directory.CredentialUses, error) {
	uses := directory.CredentialUses{}
	for some := range slices.Chunk(ids, usesAtOnce) {
		marks, args := make([]string, len(some)), make([]any, len(some))
		for i, id := range some {
			marks[i], args[i] = fmt.Sprint("$", i+1), int64(id)
		}
		list, err := listEphemeral(ctx, e, credentialUses(), "WHERE credential IN ("+strings.Join(marks, ", ")+")", args...)
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			uses[u.id] = u.at
		}
	}
	return uses, nil
}

func (e ephemera) SweepCredentialUses(ctx context.Context) (int64, error) {
	return e.change(ctx, "DELETE FROM credential_uses WHERE NOT EXISTS"+
		" (SELECT 1 FROM credentials c WHERE c.id = credential_uses.credential)")
}
