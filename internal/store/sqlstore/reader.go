package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// errInside reports a bug: not every driver allows it.
var errInside = errors.New("the reader was used inside one of its own callbacks")

// A reader reads in one transaction. One goroutine uses it.
type reader struct {
	db     *DB
	conn   *conn
	ctx    context.Context // of the transaction; never cancelled
	inside bool            // a callback is running
	failed error           // the first failure, after which the transaction is unusable
	done   bool            // the transaction is committed
	forgot bool            // the transaction forgets what an earlier one wrote
	told   bool            // the transaction writes a change record

	now      *store.Head        // read at first use; in a writing transaction, the current one
	revision directory.Revision // of the beginning, once known; otherwise 0
}

// admit refuses calls that are not allowed now. After a failed statement no other is run: the
// engine may have undone the transaction, and what followed would be committed alone.
func (r *reader) admit(ctx context.Context) error {
	switch {
	case r.failed != nil:
		return r.failed
	case r.inside:
		return r.fail(errInside)
	case ctx.Err() != nil:
		return r.fail(ctx.Err())
	}
	return nil
}

func (r *reader) fail(err error) error {
	if r.failed == nil {
		r.failed = err
	}
	return err
}

// wrap converts a driver's error to one of the contract. After an interrupt it is the error of
// the context, whatever the driver returns.
func (r *reader) wrap(doing string, err error) error {
	if err != nil && r.ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, r.ctx.Err())
	}
	return r.db.wrap(doing, err)
}

// exec runs a statement and keeps it prepared.
func (r *reader) exec(text string, args ...any) error {
	_, err := r.change(text, args...)
	return err
}

// change runs such a statement and returns how many rows it changed.
func (r *reader) change(text string, args ...any) (int64, error) {
	result, err := r.conn.exec(r.ctx, text, args...)
	if err != nil {
		return 0, r.fail(r.wrap("write", err))
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, r.fail(r.wrap("write", err))
	}
	return n, nil
}

// query runs a query, keeps it prepared, and calls each for every row after scanning it into
// dest.
func (r *reader) query(ctx context.Context, text string, args []any, dest []any, each func() error) error {
	if slices.ContainsFunc(args, cannotBeStored) {
		return nil // a text is compared as a whole
	}
	r.db.queries.Add(1)
	rows, err := r.conn.query(r.ctx, text, args...)
	return r.scan(ctx, rows, err, dest, each)
}

// cannotBeStored reports whether an argument is a text that no row can contain. Not every
// engine simply finds nothing for it.
func cannotBeStored(arg any) bool {
	s, ok := arg.(string)
	return ok && (!utf8.ValidString(s) || strings.ContainsRune(s, 0))
}

// queryOnce is query for a text that contains ids and is not worth keeping.
func (r *reader) queryOnce(ctx context.Context, text string, args []any, dest []any, each func() error) error {
	r.db.queries.Add(1)
	rows, err := r.conn.QueryContext(r.ctx, text, slices.Concat(r.db.engine.Once, args)...)
	return r.scan(ctx, rows, err, dest, each)
}

// scan reads all rows. It checks the context at intervals, because the driver does not see it.
func (r *reader) scan(ctx context.Context, rows *sql.Rows, err error, dest []any, each func() error) error {
	if err != nil {
		return r.fail(r.wrap("read", err))
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if n%256 == 255 && ctx.Err() != nil {
			return r.fail(ctx.Err())
		}
		if err := rows.Scan(dest...); err != nil {
			return r.fail(r.wrap("read", err))
		}
		if err := each(); err != nil {
			return err
		}
	}
	return r.failIf(r.wrap("read", rows.Err()))
}

// failIf is fail for an error that may be nil.
func (r *reader) failIf(err error) error {
	if err != nil {
		return r.fail(err)
	}
	return nil
}

// outside runs a callback of the caller, which must not use the reader.
func (r *reader) outside(f func() error) error {
	r.inside = true
	defer func() { r.inside = false }()
	return f()
}

const selectHead = `SELECT revision, incarnation, at, hash, digest, next_user, next_group, next_attribute, next_value,
	next_role, next_permission_set, next_model_set, next_credential, next_sealed, users, groups,
	named FROM head WHERE id = 1`

// headFields returns the fields of a head, in the order of the columns.
func headFields(h *store.Head) []any {
	n := &h.Next
	return []any{
		(*int64)(&h.Revision), &h.Incarnation, (*int64)(&h.At), hash{&h.Hash}, hash{&h.Digest},
		(*int64)(&n.User), (*int64)(&n.Group), (*int64)(&n.Attribute), (*int64)(&n.Value), (*int64)(&n.Role),
		(*int64)(&n.PermissionSet), (*int64)(&n.ModelSet), (*int64)(&n.Credential), (*int64)(&n.Sealed),
		&h.Users, &h.Groups, &h.Named,
	}
}

// Head implements store.Reader.
func (r *reader) Head(ctx context.Context) (store.Head, error) {
	if err := r.admit(ctx); err != nil {
		return store.Head{}, err
	}
	return r.head(ctx)
}

// Revision implements store.Reader. It reads one column, because a driver pays for each.
func (r *reader) Revision(ctx context.Context) (rev directory.Revision, err error) {
	if err := r.admit(ctx); err != nil {
		return 0, err
	}
	if r.now != nil {
		return r.now.Revision, nil
	}
	if r.revision != 0 {
		return r.revision, nil
	}
	found := false
	into := []any{(*int64)(&rev)}
	err = r.query(ctx, "SELECT revision FROM head WHERE id = 1", nil, into, func() error { found = true; return nil })
	if err == nil && !found {
		err = r.fail(errNoHead)
	}
	return rev, err
}

// errNoHead is the error of a damaged database.
var errNoHead = errors.New("the head is missing")

func (r *reader) head(ctx context.Context) (h store.Head, err error) {
	if r.now != nil {
		return *r.now, nil
	}
	found := false
	err = r.query(ctx, selectHead, nil, headFields(&h), func() error { found = true; return nil })
	if err == nil && !found {
		err = r.fail(errNoHead)
	}
	if err == nil {
		r.now = &h
	}
	return h, err
}

// Row implements store.Reader.
func (r *reader) Row(ctx context.Context, key directory.RowKey) (row directory.Row, ok bool, err error) {
	if err := r.admit(ctx); err != nil {
		return nil, false, err
	}
	t, known := r.db.schema[key.Kind]
	if !known {
		return nil, false, nil
	}
	p := t.open()
	err = r.query(ctx, t.selectOne, keyOf(key), p.fields, func() error { ok = true; return nil })
	if err != nil || !ok {
		return nil, false, err
	}
	return p.row(), true, nil
}

// finds returns where an index looks, and the kind of row it finds.
func finds(key directory.IndexKey) (kind directory.RowKind, where string, args []any) {
	text := []any{key.Text[0]}
	switch key.Index {
	case directory.ByGroupName:
		return directory.RowGroup, "name_key = $1 AND deleted_rev = 0", text
	case directory.ByAttributeName:
		return directory.RowAttribute, "name = $1 AND deleted_rev = 0", text
	case directory.ByAttributeLabel:
		return directory.RowAttribute, "label_key = $1 AND deleted_rev = 0", text
	case directory.ByRoleName:
		return directory.RowRole, "name_key = $1", text
	case directory.ByPermissionSetName:
		return directory.RowPermissionSet, "name_key = $1", text
	case directory.ByModelSetName:
		return directory.RowModelSet, "name_key = $1", text
	case directory.ByCredential:
		return directory.RowCredential, "kind = $1 AND identifier = $2", []any{key.Text[0], key.Text[1]}
	case directory.ByContactEmail:
		return directory.RowUser, "contact_key = $1 AND contact_key <> '' AND deleted_rev = 0", text
	case directory.BySource:
		return directory.RowSourceReference, "object_kind = $1 AND source = $2 AND source_id = $3",
			[]any{int64(key.Kind), key.Text[0], key.Text[1]}
	case directory.BySourceID:
		return directory.RowSourceReference, "object_kind = $1 AND source_id = $2", []any{int64(key.Kind), key.Text[0]}
	}
	return 0, "", nil
}

// Find implements store.Reader.
func (r *reader) Find(ctx context.Context, key directory.IndexKey, limit int) ([]directory.RowKey, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	kind, where, args := finds(key)
	if where == "" {
		return nil, r.fail(fmt.Errorf("there is no index %d", key.Index))
	}
	t := r.db.schema[kind]
	// A bare parameter in LIMIT makes SQLite prepare the statement again for every value,
	// because its planner uses it.
	text := fmt.Sprintf("%s WHERE %s%s LIMIT CAST($%d AS BIGINT)", t.selectAll, where, t.inOrder(), len(args)+1)
	p := t.open()
	var keys []directory.RowKey
	err := r.query(ctx, text, append(args, int64(max(limit, 0))), p.fields, func() error {
		keys = append(keys, p.row().Key())
		return nil
	})
	return keys, err
}

// belongs returns which column of a kind's table names an object of a kind.
func belongs(kind directory.RowKind, of directory.ObjectKind) (where string, ok bool) {
	switch {
	case kind == directory.RowSourceReference, kind == directory.RowFacet:
		return "object_id = $1 AND object_kind = $2", true
	case kind == directory.RowMembership && of == directory.ObjectUser, kind == directory.RowCredential &&
		of == directory.ObjectUser:
		return "user_id = $1", true
	case kind == directory.RowMembership && of == directory.ObjectGroup:
		return "group_id = $1", true
	case kind == directory.RowUserValue && of == directory.ObjectAttribute:
		return "attribute_id = $1", true
	case kind == directory.RowUserRole && of == directory.ObjectRole:
		return "role_id = $1", true
	}
	return "", false
}

// RowsOf implements store.Reader.
func (r *reader) RowsOf(ctx context.Context, kind directory.RowKind, of directory.Object,
	f func(directory.Row) error) error {
	where, ok := belongs(kind, of.Kind)
	if !ok {
		return r.fail(fmt.Errorf("no rows of kind %v are listed by %v", kind, of.Kind))
	}
	args := []any{of.ID}
	if strings.Contains(where, "$2") {
		args = append(args, int64(of.Kind))
	}
	return r.each(ctx, kind, " WHERE "+where, args, f)
}

// RowsOfAll implements store.Reader.
func (r *reader) RowsOfAll(ctx context.Context, kind directory.RowKind, of []directory.Object,
	f func(directory.Row) error) error {
	if kind != directory.RowSourceReference && kind != directory.RowFacet {
		return r.fail(fmt.Errorf("no rows of kind %v are listed by several objects", kind))
	}
	if len(of) == 1 { // this text is worth keeping
		return r.RowsOf(ctx, kind, of[0], f)
	}
	if err := r.admit(ctx); err != nil {
		return err
	}
	t := r.db.schema[kind]
	for chunk := range slices.Chunk(of, pageChunk) {
		ids := make([]int64, len(chunk))
		for i, o := range chunk {
			ids[i] = o.ID
			if o.Kind != chunk[0].Kind {
				return r.fail(errors.New("the objects are not of one kind"))
			}
		}
		p := t.open()
		text := t.selectAll + " WHERE object_kind = $1 AND object_id IN " + idList(ids) + t.inOrder()
		err := r.queryOnce(ctx, text, []any{int64(chunk[0].Kind)}, p.fields, func() error {
			return r.outside(func() error { return f(p.row()) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Scan implements store.Reader.
func (r *reader) Scan(ctx context.Context, kind directory.RowKind, f func(directory.Row) error) error {
	return r.each(ctx, kind, "", nil, f)
}

func (r *reader) ScanAfter(
	ctx context.Context, kind directory.RowKind, after directory.Row, limit int, f func(directory.Row) error,
) error {
	where, args := "", []any{int64(limit)}
	if t, ok := r.db.schema[kind]; ok && after != nil {
		where = " WHERE (" + strings.Join(t.columns[:t.keys], ", ") + ") > (" + placeholders(2, t.keys) + ")"
		args = append(args, t.values(nil, after)[:t.keys]...)
	}
	return r.some(ctx, kind, where, " LIMIT $1", args, f)
}

func (r *reader) each(ctx context.Context, kind directory.RowKind, where string, args []any,
	f func(directory.Row) error) error {
	return r.some(ctx, kind, where, "", args, f)
}

func (r *reader) some(ctx context.Context, kind directory.RowKind, where, limit string, args []any,
	f func(directory.Row) error) error {
	if err := r.admit(ctx); err != nil {
		return err
	}
	t, ok := r.db.schema[kind]
	if !ok {
		return r.fail(fmt.Errorf("there are no rows of kind %d", kind))
	}
	p := t.open()
	return r.query(ctx, t.selectAll+where+t.inOrder()+limit, args, p.fields, func() error {
		return r.outside(func() error { return f(p.row()) })
	})
}

// idList writes ids into a statement. They are numbers, so this is safe, and many placeholders
// would be slow.
func idList[T ~int64](ids []T) string {
	if len(ids) == 0 {
		return "(NULL)"
	}
	b := []byte{'('}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(append(b, ')'))
}
