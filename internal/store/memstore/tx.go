package memstore

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A tx works on a state that is not published yet.
type tx struct {
	reader
	written rowKeys
}

// Append implements store.Tx.
func (t *tx) Append(ctx context.Context, c store.Commit) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	if err := t.append(c); err != nil {
		return t.fail(err)
	}
	return nil
}

// PutAnswer implements store.Tx.
func (t *tx) PutAnswer(ctx context.Context, a store.Answer) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	a.Reply = slices.Clone(a.Reply)
	t.state.ephemeral.answers.put(answerKey{a.Caller, a.Key}, a)
	return nil
}

func (t *tx) append(c store.Commit) error {
	s := t.state
	if err := store.Follows(&c, s.head.Revision); err != nil {
		return err
	}
	if err := t.writeRows(c.Writes); err != nil {
		return err
	}
	for _, u := range c.Touched {
		if _, ok := s.row(directory.User{ID: u.User}.Key()); ok {
			s.users.put(u.User, derived{u.EmailKey, u.Revision})
		}
	}
	for _, m := range c.Members {
		if _, ok := s.row(directory.Group{ID: m.Group}.Key()); !ok {
			return fmt.Errorf("the member count of group %d, which is not there", m.Group)
		}
		s.members.put(m.Group, s.members.m[m.Group]+m.Delta)
	}
	for _, v := range c.Sealed {
		if _, ok := s.sealed.m[v.ID]; ok {
			return fmt.Errorf("sealed value %d is there already", v.ID)
		}
		s.sealed.put(v.ID, cloneSealed(v))
	}
	for _, v := range c.Secrets {
		s.secrets.put(v.Credential, v.Hash)
		t.written[directory.Credential{ID: v.Credential}.Key()] = true
	}
	for _, id := range c.RemoveSecrets {
		s.secrets.remove(id)
	}
	s.revoke(c.RevokeUsers, c.RevokeKeys)
	if err := s.forgetParts(c.Forget); err != nil {
		return err
	}
	for _, rec := range c.Records {
		s.records = append(s.records, cloneRecord(rec))
	}
	if err := s.putHistory(c); err != nil {
		return err
	}
	s.head = c.Head
	return nil
}

// putHistory appends records of another store.
func (s *state) putHistory(c store.Commit) error {
	if len(c.History) > 0 && (s.head.Revision != 0 || len(c.Records) > 0) {
		return fmt.Errorf("a history for a store at revision %d", s.head.Revision)
	}
	for _, rec := range c.History {
		if want := directory.Revision(len(s.records) + 1); rec.Header.Revision != want {
			return fmt.Errorf("a history goes on with revision %d; it must be %d", rec.Header.Revision, want)
		}
		s.records = append(s.records, cloneRecord(rec))
	}
	if c.Head.Revision != 0 && c.Head.Revision != directory.Revision(len(s.records)) {
		return fmt.Errorf("the commit says revision %d; the history ends with %d", c.Head.Revision, len(s.records))
	}
	return nil
}

// Clear implements store.Tx.
func (t *tx) Clear(ctx context.Context) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	if rev := t.state.head.Revision; rev != 0 {
		return t.fail(fmt.Errorf("the store is at revision %d: it is in use", rev))
	}
	empty := newState()
	empty.ephemeral = t.state.ephemeral
	*t.state = *empty
	return nil
}

// forgetParts works on a copy of the records, because other views share them.
func (s *state) forgetParts(parts []store.Forgotten) error {
	if len(parts) > 0 {
		s.records = slices.Clone(s.records)
	}
	for _, f := range parts {
		if f.Revision < 1 || int(f.Revision) > len(s.records) {
			return fmt.Errorf("no record %d to forget a part of", f.Revision)
		}
		r := cloneRecord(s.records[f.Revision-1])
		part := &r.Edits
		if f.Chunk >= 0 {
			if f.Chunk >= len(r.Chunks) {
				return fmt.Errorf("record %d has no chunk %d", f.Revision, f.Chunk)
			}
			part = &r.Chunks[f.Chunk]
		}
		with := cloneChunk(f.With)
		with.Commitment = part.Commitment
		*part = with
		s.records[f.Revision-1] = r
	}
	return nil
}

// writeRows removes, changes and creates rows. Uniqueness is checked after all rows are
// written, not in between.
func (t *tx) writeRows(writes []directory.RowWrite) error {
	s := t.state
	kinds := map[directory.RowKind]bool{}
	seen := rowKeys{}
	for _, w := range writes {
		key := w.Key()
		if w.Before != nil && w.After != nil && w.Before.Key() != key {
			return fmt.Errorf("a write of %+v changes its key", key)
		}
		if seen[key] {
			return fmt.Errorf("two writes of %+v", key)
		}
		seen[key] = true
		stored, ok := s.row(key)
		switch {
		case ok != (w.Before != nil), ok && !reflect.DeepEqual(stored, clone(w.Before)):
			return fmt.Errorf("the row %+v is not what the writer has read", key)
		case w.After != nil:
			s.rows[key.Kind].put(key, clone(w.After))
		default:
			s.rows[key.Kind].remove(key)
			s.forget(key)
		}
		t.written[key] = true
		kinds[key.Kind] = true
	}
	return s.checkUnique(kinds)
}

// forget drops what belongs to a removed row.
func (s *state) forget(key directory.RowKey) {
	switch key.Kind {
	case directory.RowUser:
		s.users.remove(directory.UserID(key.A))
	case directory.RowGroup:
		s.members.remove(directory.GroupID(key.A))
	default: // nothing is
	}
}

// A uniqueKey is one entry of something that must be unique.
type uniqueKey struct {
	index directory.IndexKey
	value directory.ValueID // of a group value
}

func uniqueKeys(row directory.Row) []uniqueKey {
	var keys []uniqueKey
	for _, k := range directory.IndexKeys(row) {
		switch k.Index {
		case directory.ByAttributeName, directory.ByCredential, directory.BySource:
			keys = append(keys, uniqueKey{index: k})
		default: // others may have it, too
		}
	}
	if v, ok := row.(directory.GroupValue); ok {
		keys = append(keys, uniqueKey{value: v.ID})
	}
	return keys
}

func (s *state) checkUnique(kinds map[directory.RowKind]bool) error {
	for kind := range kinds {
		seen := map[uniqueKey]bool{}
		for key, row := range s.rows[kind].m {
			for _, u := range uniqueKeys(row) {
				if seen[u] {
					return fmt.Errorf("the row %+v is the second under a unique key", key)
				}
				seen[u] = true
			}
		}
	}
	return nil
}

func (s *state) revoke(users []directory.UserID, keys []directory.CredentialID) {
	for _, id := range users {
		removeIf(&s.ephemeral.people.signIns, func(r store.SignIn) bool { return r.User == id })
		removeIf(&s.ephemeral.people.links, func(r store.SignInLink) bool { return r.User == id })
	}
	for _, t := range s.ephemeral.tokens.m {
		for _, id := range users {
			if t.User == id || t.Sudoer == id {
				s.ephemeral.tokens.remove(t.Hash)
			}
		}
		for _, id := range keys {
			if t.Credential == id {
				s.ephemeral.tokens.remove(t.Hash)
			}
		}
	}
}
