package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func previews() ephemeralTable[store.Preview] {
	return newEphemeral("previews", 1, "token data expires_at", func(p *store.Preview) []any {
		return []any{&p.Token, &p.Data, (*int64)(&p.ExpiresAt)}
	})
}

// Preview implements store.Reader.
func (r *reader) Preview(ctx context.Context, token string) (store.Preview, bool, error) {
	if err := r.admit(ctx); err != nil {
		return store.Preview{}, false, err
	}
	return previews().first(ctx, r, "WHERE token = $1", token)
}

func (e ephemera) PutPreview(ctx context.Context, p store.Preview) error {
	return insertEphemeral(ctx, e, previews(), p)
}

func (e ephemera) SweepPreviews(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "previews", "expires_at", before)
}
