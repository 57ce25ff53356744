package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func scimNotes() ephemeralTable[store.SCIMNote] {
	return newEphemeral("scim_notes", 4, "client kind name at n data", func(n *store.SCIMNote) []any {
		return []any{(*int64)(&n.Client), &n.Kind, &n.Name, (*int64)(&n.At), &n.N, &n.Data}
	})
}

func (e ephemera) PutSCIMNote(ctx context.Context, n store.SCIMNote) error {
	return e.db.write(ctx, func(t *tx) error { return putSCIMNote(t, n) })
}

func (e ephemera) AddSCIMNote(ctx context.Context, n store.SCIMNote) error {
	return e.db.write(ctx, func(t *tx) error {
		before, _, err := scimNotes().first(ctx, t.reader, "WHERE client = $1 AND kind = $2 AND name = $3 AND at = $4",
			int64(n.Client), n.Kind, n.Name, int64(n.At))
		if err != nil {
			return err
		}
		n.N += before.N
		return putSCIMNote(t, n)
	})
}

func (e ephemera) LogSCIMNote(ctx context.Context, n store.SCIMNote, newest int) error {
	return e.db.write(ctx, func(t *tx) error {
		if err := putSCIMNote(t, n); err != nil {
			return err
		}
		return t.exec(`DELETE FROM scim_notes WHERE client = $1 AND kind = $2 AND at < (SELECT at FROM scim_notes
			WHERE client = $1 AND kind = $2 ORDER BY at DESC LIMIT 1 OFFSET 0 + $3)`, int64(n.Client), n.Kind, int64(newest-1))
	})
}

func putSCIMNote(t *tx, n store.SCIMNote) error {
	if n.Data == nil {
		n.Data = []byte{}
	}
	return scimNotes().put(t, n)
}

func (e ephemera) SCIMNotes(
	ctx context.Context, client directory.UserID, kind string, since directory.Instant,
) ([]store.SCIMNote, error) {
	list, err := listEphemeral(ctx, e, scimNotes(),
		"WHERE kind = $1 AND at >= $2 AND (client = $3 OR $3 = 0) ORDER BY client, name, at",
		kind, int64(since), int64(client))
	for i := range list {
		if len(list[i].Data) == 0 {
			list[i].Data = nil
		}
	}
	return list, err
}

func (e ephemera) SweepSCIMNotes(ctx context.Context, kind string, before directory.Instant) (int64, error) {
	return e.change(ctx, "DELETE FROM scim_notes WHERE kind = $1 AND at < $2", kind, int64(before))
}
