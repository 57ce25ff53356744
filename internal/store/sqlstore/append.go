package sqlstore

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// writeRows removes rows, and then changes and creates rows. It writes rows in the order of
// kinds and removes them in reverse order, so that foreign keys hold at every moment and the
// engine need not defer them.
func (t *tx) writeRows(writes []directory.RowWrite, touched map[directory.UserID]store.TouchedUser) error {
	writes, err := inOrder(writes)
	if err != nil {
		return err
	}
	away := inTheWay(writes)
	var gone []directory.RowWrite
	for _, w := range slices.Backward(writes) {
		if w.After == nil || len(away) > 0 && away[w.Key()] {
			gone = append(gone, w)
		}
	}
	for kind := range byKind(gone) {
		if err := t.remove(kind); err != nil {
			return err
		}
	}
	maker := maker{tx: t, touched: touched}
	for kind := range byKind(writes) {
		var made, changed []directory.RowWrite
		for _, w := range kind {
			switch {
			case w.After == nil:
			case w.Before == nil || len(away) > 0 && away[w.Key()]:
				made = append(made, w)
			default:
				changed = append(changed, w)
			}
		}
		// Neither conflicts with the other, because conflicting rows have been removed.
		if err := maker.insert(made); err != nil {
			return err
		}
		if err := maker.update(changed); err != nil {
			return err
		}
	}
	return t.touch(slices.Collect(maps.Values(touched)))
}

// byKind cuts writes that are sorted by kind into runs of one kind.
func byKind(writes []directory.RowWrite) iter.Seq[[]directory.RowWrite] {
	return func(yield func([]directory.RowWrite) bool) {
		for len(writes) > 0 {
			n := 1
			for n < len(writes) && writes[n].Key().Kind == writes[0].Key().Kind {
				n++
			}
			if !yield(writes[:n]) {
				return
			}
			writes = writes[n:]
		}
	}
}

// inOrder sorts writes by kind and checks that no row is written twice. Rows that are created
// twice need no check, because their key is unique.
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

// A uniqueKey is an entry of a unique index.
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

// inTheWay returns the rows that must give up a unique key before another row of the same
// commit can take it, as when two attributes swap names. They are removed first and created
// again.
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

// A maker creates rows. It keeps what it needs for a kind until another kind follows, because
// an import creates a million rows of one kind.
type maker struct {
	*tx
	touched map[directory.UserID]store.TouchedUser

	table *table
	place *place
	args  []any

	was, is []any // space for one row
}

// values returns what is written for a new row. A user's row includes its derived columns; the
// user is then removed from touched.
func (m *maker) values(row directory.Row) []any {
	m.place.set(row)
	m.args = append(valuesOf(m.args[:0], m.place.fields), m.table.derive(row)...)
	if u, ok := row.(directory.User); ok {
		derived := m.touched[u.ID]
		m.args = append(m.args, derived.EmailKey, int64(derived.Revision))
		delete(m.touched, u.ID)
	}
	return m.args
}

// insert creates rows of one kind.
func (m *maker) insert(writes []directory.RowWrite) error {
	if len(writes) == 0 {
		return nil
	}
	m.table = m.db.schema[writes[0].Key().Kind]
	m.place = m.table.open()
	return m.makeRows(m.table.name, m.table.made, m.table.insert, len(writes), func(f func([]any) error) error {
		for _, w := range writes {
			if err := f(m.values(w.After)); err != nil {
				return err
			}
		}
		return nil
	})
}

// update changes rows of one kind. Each row is written by itself with only the columns that
// change, because writing a column also writes every index on it. Rows that an engine writes
// together are written as a whole.
func (m *maker) update(writes []directory.RowWrite) error {
	if len(writes) == 0 {
		return nil
	}
	m.table = m.db.schema[writes[0].Key().Kind]
	m.place = m.table.open()
	if !m.together(len(writes)) {
		for _, w := range writes {
			if err := m.updateOne(w); err != nil {
				return err
			}
		}
		return nil
	}
	columns, values := m.table.written, m.table.writtenValues
	if len(m.table.initial) > 0 && m.touches(writes) {
		columns, values = m.table.made, m.values
	}
	return m.updateMany(m.table, columns, writes, values)
}

// updateOne writes the columns of a row that differ from what was read.
func (m *maker) updateOne(w directory.RowWrite) error {
	m.was, m.is = m.written(m.was, w.Before), m.written(m.is, w.After)
	m.args = m.args[:0]
	var set columnSet
	for i := m.table.unset; i < len(m.is); i++ {
		if !sameValue(m.was[i], m.is[i]) {
			set |= 1 << i
			m.args = append(m.args, m.is[i])
		}
	}
	if set == 0 { // the row must still be as it was read
		set = m.table.settable()
		m.args = append(m.args, m.is[m.table.unset:]...)
	}
	m.args = append(m.args, m.was[:len(m.table.columns)]...)
	return m.one(w.Key(), m.conn.updateOf(m.table, set), m.args...)
}

// written returns what is written for a row, with the derived columns, in the space of values.
func (m *maker) written(values []any, row directory.Row) []any {
	m.place.set(row)
	return append(valuesOf(values[:0], m.place.fields), m.table.derive(row)...)
}

// sameValue compares values of a column.
func sameValue(a, b any) bool {
	x, isBytes := a.([]byte)
	y, areBytes := b.([]byte)
	if isBytes && areBytes {
		return bytes.Equal(x, y)
	}
	return a == b
}

// touches reports whether touched contains all written users.
func (m *maker) touches(writes []directory.RowWrite) bool {
	for _, w := range writes {
		u, ok := w.After.(directory.User)
		if !ok {
			return false
		}
		if _, ok := m.touched[u.ID]; !ok {
			return false
		}
	}
	return true
}

// remove removes rows of one kind.
func (t *tx) remove(writes []directory.RowWrite) error {
	if t.together(len(writes)) {
		return t.removeMany(writes)
	}
	for _, w := range writes {
		table := t.db.schema[w.Key().Kind]
		if err := t.one(w.Key(), table.remove, table.values(nil, w.Before)...); err != nil {
			return err
		}
	}
	return nil
}

// one runs a statement that must affect exactly the row that the writer has read.
func (t *tx) one(key directory.RowKey, text string, args ...any) error {
	n, err := t.change(text, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("the row %+v is not what the writer has read", key)
	}
	return err
}

func (t *tx) writeSecrets(c *store.Commit) error {
	err := t.makeRows("sealed_values", []string{"id", "key_id", "ciphertext"},
		"INSERT INTO sealed_values (id, key_id, ciphertext) VALUES ($1, $2, $3)", len(c.Sealed),
		func(f func([]any) error) error {
			for _, s := range c.Sealed {
				if err := f([]any{int64(s.ID), s.KeyID, bytesOf(s.Ciphertext)}); err != nil {
					return err
				}
			}
			return nil
		})
	if err != nil {
		return err
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

func (t *tx) revoke(c *store.Commit) error {
	for _, id := range c.RevokeUsers {
		for _, text := range []string{
			"DELETE FROM tokens WHERE user_id = $1", "DELETE FROM tokens WHERE sudoer = $1",
			"DELETE FROM sign_ins WHERE user_id = $1", "DELETE FROM sign_in_links WHERE user_id = $1",
		} {
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
func (t *tx) forget(c *store.Commit) error {
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
