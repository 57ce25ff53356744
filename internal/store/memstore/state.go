package memstore

import (
	"cmp"
	"maps"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A table is a map that is copied before its first change, so that older states keep theirs.
type table[K comparable, V any] struct {
	m     map[K]V
	owned bool
}

func (t *table[K, V]) put(key K, value V) {
	t.own()
	t.m[key] = value
}

func (t *table[K, V]) remove(key K) {
	t.own()
	delete(t.m, key)
}

func (t *table[K, V]) own() {
	switch {
	case t.owned:
		return
	case t.m == nil:
		t.m = map[K]V{}
	default:
		t.m = maps.Clone(t.m)
	}
	t.owned = true
}

// rowKeys is a set of keys.
type rowKeys map[directory.RowKey]bool

// derived is what a commit says about a user beside its rows.
type derived struct {
	emailKey string
	touched  directory.Revision
}

// A state is the whole content of a store. A published state never changes.
type state struct {
	head      store.Head
	rows      map[directory.RowKind]*table[directory.RowKey, directory.Row]
	users     table[directory.UserID, derived]
	members   table[directory.GroupID, int64]
	records   []store.Record // the record of revision n is at n-1
	sealed    table[directory.SealedID, store.Sealed]
	secrets   table[directory.CredentialID, [32]byte]
	ephemeral ephemeralRows
}

func newState() *state {
	s := &state{rows: map[directory.RowKind]*table[directory.RowKey, directory.Row]{}}
	s.head.Incarnation = 1
	s.head.Next = store.NextIDs{
		User: 1, Group: 1, Attribute: 1, Value: 1, Role: 1, PermissionSet: 1, ModelSet: 1, Credential: 1, Sealed: 1,
	}
	for _, kind := range directory.RowKinds() {
		s.rows[kind] = &table[directory.RowKey, directory.Row]{}
	}
	return s
}

// copy returns a state that can be changed without affecting s.
func (s *state) copy() *state {
	next := *s
	next.rows = map[directory.RowKind]*table[directory.RowKey, directory.Row]{}
	for kind, t := range s.rows {
		next.rows[kind] = &table[directory.RowKey, directory.Row]{m: t.m}
	}
	next.users.owned, next.members.owned, next.sealed.owned = false, false, false
	next.secrets.owned = false
	next.ephemeral = s.ephemeral.copy()
	next.records = slices.Clip(s.records)
	return &next
}

func (s *state) row(key directory.RowKey) (directory.Row, bool) {
	t, ok := s.rows[key.Kind]
	if !ok {
		return nil, false
	}
	row, ok := t.m[key]
	return row, ok
}

// sorted returns the rows of a kind by key.
func (s *state) sorted(kind directory.RowKind) []directory.Row {
	t, ok := s.rows[kind]
	if !ok {
		return nil
	}
	rows := slices.Collect(maps.Values(t.m))
	slices.SortFunc(rows, func(a, b directory.Row) int { return compareKeys(a.Key(), b.Key()) })
	return rows
}

func compareKeys(a, b directory.RowKey) int {
	return cmp.Or(
		cmp.Compare(a.A, b.A),
		cmp.Compare(a.B, b.B),
		cmp.Compare(a.Object.Kind, b.Object.Kind),
		cmp.Compare(a.Object.ID, b.Object.ID),
		slices.Compare(a.Text[:], b.Text[:]),
	)
}

// clone returns a row that shares nothing with r. Empty lists become nil.
func clone(r directory.Row) directory.Row {
	switch r := r.(type) {
	case directory.Attribute:
		r.Default = cloneValue(r.Default)
		return r
	case directory.GroupValue:
		r.Value = cloneValue(r.Value)
		return r
	case directory.UserValue:
		r.Value = cloneValue(r.Value)
		return r
	case directory.PermissionSet:
		r.Permissions = cloneList(r.Permissions)
		return r
	case directory.ModelSet:
		r.Models = cloneList(r.Models)
		return r
	}
	return r
}

func cloneValue(v directory.Value) directory.Value {
	v.Texts = cloneList(v.Texts)
	return v
}

func cloneList[E any](list []E) []E { return append([]E(nil), list...) }

func cloneSealed(s store.Sealed) store.Sealed {
	s.Ciphertext = cloneList(s.Ciphertext)
	return s
}

func cloneRecord(r store.Record) store.Record {
	r.Edits = cloneChunk(r.Edits)
	r.Objects = cloneList(r.Objects)
	r.Chunks = cloneList(r.Chunks)
	for i := range r.Chunks {
		r.Chunks[i] = cloneChunk(r.Chunks[i])
	}
	return r
}

func cloneChunk(c store.Chunk) store.Chunk {
	c.Salt, c.Data = cloneList(c.Salt), cloneList(c.Data)
	return c
}
