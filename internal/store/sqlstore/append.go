package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A tx is a reader that also writes.
type tx struct{ *reader }

// Append implements store.Tx.
func (t *tx) Append(ctx context.Context, c store.Commit) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	return t.failIf(t.append(ctx, c))
}

func (t *tx) append(ctx context.Context, c store.Commit) error {
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	want := head.Revision
	if c.Record != nil {
		want++
	}
	if c.Head.Revision != want && !(want == 0 && c.Record == nil) {
		return fmt.Errorf("the commit says revision %d; it must be %d", c.Head.Revision, want)
	}
	for _, step := range []func(store.Commit) error{
		t.writeRows, t.writeMembers, t.writeSecrets, t.revoke, t.forget, t.writeRecord, t.writeHistory,
	} {
		if err := step(c); err != nil {
			return err
		}
	}
	return t.writeHead(c.Head)
}

// writeRows removes, then changes and makes rows. Rows are written in the order
// of kinds, and removed in the reverse, so that foreign keys hold all the time
// and the engine has nothing to remember.
func (t *tx) writeRows(c store.Commit) error {
	writes, err := inOrder(c.Writes)
	if err != nil {
		return err
	}
	away := inTheWay(writes)
	for _, w := range slices.Backward(writes) {
		if w.After == nil || len(away) > 0 && away[w.Key()] {
			if err := t.remove(w.Before); err != nil {
				return err
			}
		}
	}
	touched := make(map[directory.UserID]store.TouchedUser, len(c.Touched))
	for _, u := range c.Touched {
		touched[u.User] = u
	}
	maker := maker{tx: t, touched: touched, revision: c.Head.Revision}
	for _, w := range writes {
		switch {
		case w.After == nil:
			continue
		case w.Before == nil || len(away) > 0 && away[w.Key()]:
			err = maker.insert(w.After)
		default:
			err = t.update(w.Before, w.After)
		}
		if err != nil {
			return err
		}
	}
	for _, u := range touched {
		err := t.exec("UPDATE users SET email_key = $1, touched_rev = $2 WHERE id = $3",
			u.EmailKey, int64(max(u.Revision, c.Head.Revision)), int64(u.User))
		if err != nil {
			return err
		}
	}
	return nil
}

// inOrder sorts writes by kind and checks that each is of a row of its own.
// Rows that are made twice need no look: their key is unique.
func inOrder(writes []directory.RowWrite) ([]directory.RowWrite, error) {
	held := map[directory.RowKey]bool{}
	for _, w := range writes {
		if w.Before == nil {
			continue
		}
		key := w.Before.Key()
		if w.After != nil && w.After.Key() != key {
			return nil, fmt.Errorf("a write of %+v changes its key", key)
		}
		if held[key] {
			return nil, fmt.Errorf("two writes of %+v", key)
		}
		held[key] = true
	}
	byKind := map[directory.RowKind][]directory.RowWrite{}
	for _, w := range writes {
		key := w.Key()
		if w.Before == nil && len(held) > 0 && held[key] {
			return nil, fmt.Errorf("two writes of %+v", key)
		}
		byKind[key.Kind] = append(byKind[key.Kind], w)
	}
	sorted := make([]directory.RowWrite, 0, len(writes))
	for _, kind := range directory.RowKinds() {
		sorted = append(sorted, byKind[kind]...)
	}
	return sorted, nil
}

// A uniqueKey is one entry of something that must be unique.
type uniqueKey struct {
	index directory.IndexKey
	value directory.ValueID // of a group value
}

func uniqueKeys(row directory.Row) []uniqueKey {
	if v, ok := row.(directory.GroupValue); ok {
		return []uniqueKey{{value: v.ID}}
	}
	var keys []uniqueKey
	for _, k := range directory.IndexKeys(row) {
		switch k.Index {
		case directory.ByAttributeName, directory.ByCredential, directory.BySource:
			keys = append(keys, uniqueKey{index: k})
		default: // others may have it, too
		}
	}
	return keys
}

// inTheWay finds the rows that must give up a unique key before another row of
// the same commit can take it: two attributes that swap names. They are removed
// first and made again.
func inTheWay(writes []directory.RowWrite) map[directory.RowKey]bool {
	owners := map[uniqueKey]directory.RowKey{}
	for _, w := range writes {
		if w.Before != nil && w.After != nil {
			for _, u := range uniqueKeys(w.Before) {
				owners[u] = w.Key()
			}
		}
	}
	if len(owners) == 0 {
		return nil
	}
	away := map[directory.RowKey]bool{}
	for _, w := range writes {
		if w.After == nil {
			continue
		}
		for _, u := range uniqueKeys(w.After) {
			if owner, ok := owners[u]; ok && owner != w.Key() {
				away[owner] = true
			}
		}
	}
	return away
}

// A maker makes rows. It keeps what it needs for a kind until another one
// comes: an import makes a million rows of one.
type maker struct {
	*tx
	touched  map[directory.UserID]store.TouchedUser
	revision directory.Revision

	table *table
	place *place
	args  []any
}

// insert makes a row. A user gets its derived columns with it, and is then no
// longer among touched.
func (m *maker) insert(row directory.Row) error {
	if kind := row.Key().Kind; m.table == nil || m.table.kind != kind {
		m.table = m.db.schema[kind]
		m.place = m.table.open()
	}
	m.place.set(row)
	m.args = append(valuesOf(m.args[:0], m.place.fields), m.table.derive(row)...)
	if u, ok := row.(directory.User); ok {
		derived, ok := m.touched[u.ID]
		rev := max(m.revision, derived.Revision)
		if !ok {
			rev = 0
		}
		m.args = append(m.args, derived.EmailKey, int64(rev))
		delete(m.touched, u.ID)
	}
	return m.exec(m.table.insert, m.args...)
}

func (t *tx) update(before, after directory.Row) error {
	table := t.db.schema[after.Key().Kind]
	args := append(table.values(nil, after), table.derive(after)...)
	return t.one(after.Key(), table.update, table.values(args, before)...)
}

func (t *tx) remove(row directory.Row) error {
	table := t.db.schema[row.Key().Kind]
	return t.one(row.Key(), table.remove, table.values(nil, row)...)
}

// one runs a statement that must find exactly the row that the writer has read.
func (t *tx) one(key directory.RowKey, text string, args ...any) error {
	n, err := t.change(text, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("the row %+v is not what the writer has read", key)
	}
	return err
}

func (t *tx) writeMembers(c store.Commit) error {
	for _, m := range c.Members {
		n, err := t.change("UPDATE groups SET member_count = member_count + $1 WHERE id = $2", m.Delta, int64(m.Group))
		if err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("the member count of group %d, which is not there", m.Group)
		}
	}
	return nil
}

func (t *tx) writeSecrets(c store.Commit) error {
	for _, s := range c.Sealed {
		err := t.exec("INSERT INTO sealed_values (id, key_id, ciphertext) VALUES ($1, $2, $3)",
			int64(s.ID), s.KeyID, bytesOf(s.Ciphertext))
		if err != nil {
			return err
		}
	}
	for _, s := range c.Secrets {
		err := t.exec(`INSERT INTO secrets (credential_id, sha256) VALUES ($1, $2)
			ON CONFLICT (credential_id) DO UPDATE SET sha256 = excluded.sha256`, int64(s.Credential), s.Hash[:])
		if err != nil {
			return err
		}
	}
	for _, id := range c.RemoveSecrets {
		if err := t.exec("DELETE FROM secrets WHERE credential_id = $1", int64(id)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) revoke(c store.Commit) error {
	for _, id := range c.RevokeUsers {
		for _, text := range []string{"DELETE FROM tokens WHERE user_id = $1", "DELETE FROM tokens WHERE sudoer = $1"} {
			if err := t.exec(text, int64(id)); err != nil {
				return err
			}
		}
	}
	for _, id := range c.RevokeKeys {
		if err := t.exec("DELETE FROM tokens WHERE credential = $1", int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// forget replaces parts of earlier records.
func (t *tx) forget(c store.Commit) error {
	t.forgot = t.forgot || len(c.Forget) > 0
	for _, f := range c.Forget {
		args := append(valuesOf(nil, chunkFields(&f.With)[1:]), int64(f.Revision))
		text := "UPDATE changes SET edits_salt = $1, edits = $2, edits_redacted = $3 WHERE revision = $4"
		if f.Chunk >= 0 {
			args = append(args, int64(f.Chunk))
			text = "UPDATE change_chunks SET salt = $1, data = $2, redacted = $3 WHERE revision = $4 AND n = $5"
		}
		n, err := t.change(text, args...)
		if err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("record %d has no part %d to forget", f.Revision, f.Chunk)
		}
	}
	return nil
}

func (t *tx) writeRecord(c store.Commit) error {
	if c.Record == nil {
		return nil
	}
	t.told = true
	if rev := c.Record.Header.Revision; rev != c.Head.Revision {
		return fmt.Errorf("the record says revision %d; it must be %d", rev, c.Head.Revision)
	}
	return t.putRecord(*c.Record)
}

func (t *tx) putRecord(rec store.Record) error {
	rev := int64(rec.Header.Revision)
	err := t.exec(`INSERT INTO changes (revision, at, caller, credential, sudoer, dialect, request_id, change_id, comment,
			edits_commitment, edits_salt, edits, edits_redacted, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, valuesOf(nil, changeFields(&rec))...)
	if err != nil {
		return err
	}
	for i, chunk := range rec.Chunks {
		args := valuesOf([]any{rev, int64(i)}, chunkFields(&chunk))
		err := t.exec("INSERT INTO change_chunks (revision, n, commitment, salt, data, redacted) VALUES ($1, $2, $3, $4, $5, $6)", args...)
		if err != nil {
			return err
		}
	}
	for _, o := range rec.Objects {
		err := t.exec("INSERT INTO change_objects (object_kind, object_id, revision, chunk) VALUES ($1, $2, $3, $4)",
			int64(o.Object.Kind), o.Object.ID, rev, int64(o.Chunk))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) writeHead(h store.Head) error {
	return t.exec(`UPDATE head SET revision = $1, incarnation = $2, at = $3, hash = $4, digest = $5, next_user = $6, next_group = $7,
		next_attribute = $8, next_value = $9, next_role = $10, next_permission_set = $11, next_model_set = $12,
		next_credential = $13, next_sealed = $14, users = $15, groups = $16 WHERE id = 1`, valuesOf(nil, headFields(&h))...)
}
