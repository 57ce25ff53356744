package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A tx is a reader that also writes.
type tx struct{ *reader }

// Append implements store.Tx.
func (t *tx) Append(ctx context.Context, c store.Commit) error {
	if err := t.admit(ctx); err != nil {
		return err
	}
	return t.failIf(t.append(ctx, &c))
}

func (t *tx) append(ctx context.Context, c *store.Commit) error {
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	if err := store.Follows(c, head.Revision); err != nil {
		return err
	}
	if err := t.writeRows(c.Writes, touchedIn(c)); err != nil {
		return err
	}
	for _, step := range []func(*store.Commit) error{
		t.writeMembers, t.writeSecrets, t.revoke, t.forget, t.putRecords, t.writeHistory,
	} {
		if err := step(c); err != nil {
			return err
		}
	}
	t.told = t.told || len(c.Records) > 0
	t.now = &c.Head
	return t.writeHead(c.Head)
}

// touchedIn returns the users that a commit touches. If the record of the change names the
// user, the revision need not be written; see touchedBy.
func touchedIn(c *store.Commit) map[directory.UserID]store.TouchedUser {
	touched := make(map[directory.UserID]store.TouchedUser, len(c.Touched))
	for _, u := range c.Touched {
		if names(c.Records, u) {
			u.Revision = 0
		}
		touched[u.User] = u
	}
	return touched
}

// names reports whether the record of the last change of a user names the user.
func names(records []store.Record, u store.TouchedUser) bool {
	if len(records) == 0 {
		return false
	}
	i := int(u.Revision - records[0].Header.Revision)
	if i < 0 || i >= len(records) {
		return false
	}
	compare := func(o store.RecordObject, user directory.Object) int {
		return cmp.Or(cmp.Compare(o.Object.Kind, user.Kind), cmp.Compare(o.Object.ID, user.ID))
	}
	_, ok := slices.BinarySearchFunc(records[i].Objects, u.User.Object(), compare)
	return ok
}

func (t *tx) writeHead(h store.Head) error {
	return t.exec(`UPDATE head SET revision = $1, incarnation = $2, at = $3, hash = $4, digest = $5,
		next_user = $6, next_group = $7, next_attribute = $8, next_value = $9, next_role = $10, next_permission_set = $11, next_model_set = $12,
		next_credential = $13, next_sealed = $14, users = $15, groups = $16,
		named = $17 WHERE id = 1`, valuesOf(nil, headFields(&h))...)
}
