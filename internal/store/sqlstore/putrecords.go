package sqlstore

import "cohort/internal/store"

// putRecords writes the records of a commit.
func (t *tx) putRecords(c *store.Commit) error { return t.putAll(c.Records) }

// putAll writes change records, all parts of one kind together.
func (t *tx) putAll(records []store.Record) error {
	for _, part := range []struct {
		table   string
		columns []string
		insert  string
		size    func(*store.Record) int
		rows    func(rec *store.Record, rev int64, f func([]any) error) error
	}{
		{
			"changes",
			[]string{
				"revision", "at", "caller", "credential", "sudoer", "dialect", "request_id", "change_id", "comment",
				"edits_commitment", "edits_salt", "edits", "edits_redacted", "hash",
			},
			`INSERT INTO changes (revision, at, caller, credential, sudoer, dialect, request_id, change_id, comment,
				edits_commitment, edits_salt, edits, edits_redacted, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			func(*store.Record) int { return 1 },
			func(rec *store.Record, _ int64, f func([]any) error) error {
				return f(valuesOf(nil, changeFields(rec)))
			},
		},
		{
			"change_chunks",
			[]string{"revision", "n", "commitment", "salt", "data", "redacted"},
			"INSERT INTO change_chunks (revision, n, commitment, salt, data, redacted) VALUES ($1, $2, $3, $4, $5, $6)",
			func(rec *store.Record) int { return len(rec.Chunks) }, chunkRows,
		},
		{
			"change_objects",
			[]string{"object_kind", "object_id", "revision", "chunk"},
			"INSERT INTO change_objects (object_kind, object_id, revision, chunk) VALUES ($1, $2, $3, $4)",
			func(rec *store.Record) int { return len(rec.Objects) }, objectRows,
		},
	} {
		size := 0
		for i := range records {
			size += part.size(&records[i])
		}
		err := t.makeRows(part.table, part.columns, part.insert, size, func(f func([]any) error) error {
			for i := range records {
				if err := part.rows(&records[i], int64(records[i].Header.Revision), f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func chunkRows(rec *store.Record, rev int64, f func([]any) error) error {
	for i := range rec.Chunks {
		if err := f(valuesOf([]any{rev, int64(i)}, chunkFields(&rec.Chunks[i]))); err != nil {
			return err
		}
	}
	return nil
}

func objectRows(rec *store.Record, rev int64, f func([]any) error) error {
	for _, o := range rec.Objects {
		if err := f([]any{int64(o.Object.Kind), o.Object.ID, rev, int64(o.Chunk)}); err != nil {
			return err
		}
	}
	return nil
}
