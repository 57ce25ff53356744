package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func imports() ephemeralTable[store.Import] {
	return newEphemeral("imports", 1, "id user_id created_at version work data", func(i *store.Import) []any {
		return []any{&i.ID, (*int64)(&i.User), (*int64)(&i.CreatedAt), &i.Version, &i.Work, &i.Data}
	})
}

// importHeads are imports without their data, which is large.
func importHeads() ephemeralTable[store.Import] {
	return newEphemeral("imports", 1, "id user_id created_at version work", func(i *store.Import) []any {
		return []any{&i.ID, (*int64)(&i.User), (*int64)(&i.CreatedAt), &i.Version, &i.Work}
	})
}

func (e ephemera) AddImport(ctx context.Context, i store.Import, most int) (ok bool, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		have, err := importHeads().list(ctx, t.reader, "WHERE user_id = $1 ORDER BY id", int64(i.User))
		if ok = err == nil && len(have) < most; !ok {
			return err
		}
		return imports().insert(t, i)
	})
	return ok && err == nil, err
}

func (e ephemera) Import(ctx context.Context, id string) (store.Import, bool, error) {
	return firstEphemeral(ctx, e, imports(), "WHERE id = $1", id)
}

func (e ephemera) Imports(ctx context.Context, user directory.UserID) ([]store.Import, error) {
	return listEphemeral(ctx, e, importHeads(), "WHERE user_id = $1 ORDER BY created_at DESC, id", int64(user))
}

func (e ephemera) PutImportWork(ctx context.Context, id string, version int64, work []byte) (bool, error) {
	n, err := e.change(ctx, "UPDATE imports SET version = $1, work = $2 WHERE id = $3 AND version = $4", version,
		bytesOf(work), id, version-1)
	return n == 1, err
}

func (e ephemera) DeleteImport(ctx context.Context, id string) error {
	_, err := e.change(ctx, "DELETE FROM imports WHERE id = $1", id)
	return err
}

func (e ephemera) SweepImports(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "imports", "created_at", before)
}
