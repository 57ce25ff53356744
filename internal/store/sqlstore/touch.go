package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// UserIDs implements store.Reader.
func (r *reader) UserIDs(
	ctx context.Context, where directory.UserFilter, after directory.UserID, limit int,
) ([]directory.UserID, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	c := r.compiler(ctx)
	filter := directory.UsersAnd{directory.UsersAfter(after)}
	if where != nil {
		filter = append(filter, where)
	}
	cond, err := c.compile(filter)
	if err != nil {
		return nil, r.fail(err)
	}
	order, q := []sortKey{{"id", false}}, directory.UserQuery{Where: filter, Limit: max(limit, 1), Uncounted: true}
	var ids []directory.UserID
	if cond.test != nil {
		ids, _, err = r.filtered(ctx, &c, cond, order, q)
	} else {
		ids, _, err = r.paged(ctx, &c, cond, order, q)
	}
	return ids, err
}

// LastChanges implements store.Reader. It looks each object up in the index by itself, so an
// object that a million changes have touched costs as little as another.
func (r *reader) LastChanges(
	ctx context.Context, objects []directory.Object, through directory.Revision,
) ([]directory.Touch, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	list := make([]directory.Touch, 0, len(objects))
	for chunk := range slices.Chunk(objects, pageChunk) {
		pairs := make([]string, len(chunk))
		for i, o := range chunk {
			pairs[i] = fmt.Sprintf("(%d, %d, %d)", i, o.Kind, o.ID)
		}
		text := "WITH o (n, kind, id) AS (VALUES " + strings.Join(pairs, ", ") + `)
			SELECT o.n, c.revision, c.at FROM o JOIN changes c ON c.revision = (
				SELECT max(t.revision) FROM change_objects t
				WHERE t.object_kind = o.kind AND t.object_id = o.id AND t.revision <= $1)`
		found := make([]directory.Touch, len(chunk))
		var n int
		var touch directory.Touch
		dest := []any{&n, (*int64)(&touch.Revision), (*int64)(&touch.At)}
		err := r.queryOnce(ctx, text, []any{int64(through)}, dest, func() error { found[n] = touch; return nil })
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}
