package sqlstore

import (
	"context"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/store"
)

const changeColumns = `c.revision, c.at, c.caller, c.credential, c.sudoer, c.dialect, c.request_id, c.change_id, c.comment,
	c.edits_commitment, c.edits_salt, c.edits, c.edits_redacted, c.hash`

// changeFields returns the fields of a record in its header row.
func changeFields(r *store.Record) []any {
	h := &r.Header
	return []any{
		(*int64)(&h.Revision), (*int64)(&h.At), (*int64)(&h.Caller), (*int64)(&h.Credential), (*int64)(&h.Sudoer),
		&h.Dialect, &h.RequestID, &h.ChangeID, &h.Comment,
		hash{&r.Edits.Commitment}, &r.Edits.Salt, &r.Edits.Data, &r.Edits.Redacted, hash{&r.Hash},
	}
}

// chunkFields are the fields of a chunk.
func chunkFields(c *store.Chunk) []any {
	return []any{hash{&c.Commitment}, &c.Salt, &c.Data, &c.Redacted}
}

// tidy replaces empty lists by nil.
func tidy(c store.Chunk) store.Chunk {
	c.Salt, c.Data = nilIfEmpty(c.Salt), nilIfEmpty(c.Data)
	return c
}

// Record implements store.Reader.
func (r *reader) Record(ctx context.Context, rev directory.Revision) (store.Record, error) {
	if err := r.admit(ctx); err != nil {
		return store.Record{}, err
	}
	var rec store.Record
	found := false
	args := []any{int64(rev)}
	err := r.query(ctx, "SELECT "+changeColumns+" FROM changes c WHERE c.revision = $1", args, changeFields(&rec),
		func() error { found = true; return nil })
	if err != nil {
		return store.Record{}, err
	}
	if !found {
		return store.Record{}, directory.NotFound("revision", rev)
	}
	rec.Edits = tidy(rec.Edits)
	var chunk store.Chunk
	err = r.query(ctx, "SELECT commitment, salt, data, redacted FROM change_chunks WHERE revision = $1 ORDER BY n", args,
		chunkFields(&chunk), func() error { rec.Chunks = append(rec.Chunks, tidy(chunk)); return nil })
	if err != nil {
		return store.Record{}, err
	}
	var o store.RecordObject
	err = r.query(ctx, `SELECT object_kind, object_id, chunk FROM change_objects WHERE revision = $1
		ORDER BY object_kind, object_id`, args, []any{(*uint8)(&o.Object.Kind), &o.Object.ID, &o.Chunk},
		func() error { rec.Objects = append(rec.Objects, o); return nil })
	return rec, err
}

// Records implements store.Reader.
func (r *reader) Records(ctx context.Context, after directory.Revision, of *directory.Object, limit int,
	f func(store.Record) error) error {
	if err := r.admit(ctx); err != nil {
		return err
	}
	text := "SELECT " + changeColumns + " FROM changes c WHERE c.revision > $1 ORDER BY c.revision"
	args := []any{int64(after)}
	if of != nil {
		text = "SELECT " + changeColumns + ` FROM change_objects o JOIN changes c ON c.revision = o.revision
			WHERE o.object_kind = $2 AND o.object_id = $3 AND o.revision > $1 ORDER BY o.revision`
		args = append(args, int64(of.Kind), of.ID)
	}
	if limit > 0 {
		args = append(args, int64(limit))
		text += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	var rec store.Record
	return r.query(ctx, text, args, changeFields(&rec), func() error {
		return r.outside(func() error {
			next := rec
			next.Edits = tidy(next.Edits)
			return f(next)
		})
	})
}

func nilIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// Secret implements store.Reader.
func (r *reader) Secret(ctx context.Context, id directory.CredentialID) (sum [32]byte, ok bool, err error) {
	if err := r.admit(ctx); err != nil {
		return sum, false, err
	}
	err = r.query(ctx, "SELECT sha256 FROM secrets WHERE credential_id = $1", []any{int64(id)}, []any{hash{&sum}},
		func() error { ok = true; return nil })
	return sum, ok, err
}

// Sealed implements store.Reader.
func (r *reader) Sealed(ctx context.Context, id directory.SealedID) (store.Sealed, error) {
	if err := r.admit(ctx); err != nil {
		return store.Sealed{}, err
	}
	var s store.Sealed
	err := r.query(ctx, "SELECT id, key_id, ciphertext FROM sealed_values WHERE id = $1", []any{int64(id)},
		[]any{(*int64)(&s.ID), &s.KeyID, &s.Ciphertext}, func() error { return nil })
	if err == nil && s.ID == 0 {
		err = directory.NotFound("sealed value", id)
	}
	s.Ciphertext = nilIfEmpty(s.Ciphertext)
	return s, err
}
