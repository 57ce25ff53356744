package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// Users implements store.Reader. It first cuts the list to a page of ids, and then reads the
// users of the page.
func (r *reader) Users(ctx context.Context, q directory.UserQuery) ([]directory.UserRows, int, error) {
	ids, total, err := r.UserPage(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	users, err := r.usersOf(ctx, ids)
	return users, total, err
}

// UserPage implements store.Reader.
func (r *reader) UserPage(
	ctx context.Context, q directory.UserQuery,
) (ids []directory.UserID, total int, err error) {
	if err := r.admit(ctx); err != nil {
		return nil, 0, err
	}
	if q.Offset < 0 || q.Limit < 0 {
		return nil, 0, r.fail(fmt.Errorf("offset %d, limit %d", q.Offset, q.Limit))
	}
	order, err := orderOf(q.Sort)
	if err != nil {
		return nil, 0, r.fail(err)
	}
	c := r.compiler(ctx)
	cond, err := c.compile(q.Where)
	if err != nil {
		return nil, 0, r.fail(err)
	}
	if cond.test != nil {
		return r.filtered(ctx, &c, cond, order, q)
	}
	return r.paged(ctx, &c, cond, order, q)
}

// A sortKey is one column of a sort order.
type sortKey struct {
	column string
	desc   bool
}

// orderOf returns the columns of a sort order. It ends with the id, which breaks ties.
func orderOf(list []directory.UserSort) ([]sortKey, error) {
	columns := map[directory.UserField]string{
		directory.FieldID: "id", directory.FieldFirstName: "first_key", directory.FieldLastName: "last_key",
		directory.FieldEmail: "email_key", directory.FieldDisabled: "disabled", directory.FieldKind: "kind",
		directory.FieldCreatedAt: "created_at",
	}
	var order []sortKey
	decided := false
	for _, s := range list {
		column, ok := columns[s.Field]
		if !ok {
			return nil, fmt.Errorf("users cannot be sorted by field %d", s.Field)
		}
		if !decided {
			order = append(order, sortKey{column, s.Desc})
		}
		decided = decided || s.Field == directory.FieldID
	}
	if !decided {
		order = append(order, sortKey{"id", false})
	}
	return order, nil
}

// orderBy returns the ORDER BY of a sort order, or of its reverse.
func orderBy(order []sortKey, reverse bool) string {
	keys := make([]string, len(order))
	for i, k := range order {
		keys[i] = "u." + k.column
		if k.desc != reverse {
			keys[i] += " DESC"
		}
	}
	return " ORDER BY " + strings.Join(keys, ", ")
}

// from returns the FROM of listed users.
func (c condition) from() string {
	text := " FROM users u WHERE u.deleted_rev = 0"
	if c.sql != "" {
		text += " AND (" + c.sql + ")"
	}
	return text
}

// paged lets the database cut the page. A page in the second half is read from the end.
func (r *reader) paged(ctx context.Context, c *compiler, cond condition, order []sortKey,
	q directory.UserQuery) ([]directory.UserID, int, error) {
	n, offset, total, back := q.Limit, q.Offset, 0, false
	if !q.Uncounted || q.Limit == 0 {
		var err error
		total, err = r.count(ctx, c, cond, q.Where)
		if err != nil || q.Offset >= total {
			return nil, total, err
		}
		n = total - q.Offset
		if q.Limit > 0 {
			n = min(n, q.Limit)
		}
		if back = offset > total/2; back {
			offset = total - offset - n
		}
	}
	from, args, query := cond.from()+orderBy(order, back), slices.Clone(c.args), r.queryOnce
	if walk, ok := walkOf(q.Where, order); ok {
		from, args = walk.from+walk.orderBy(order, back), walk.args
	}
	switch q.Where.(type) {
	case nil, directory.UsersAfter: // as who walks through all of them asks: its text is worth keeping
		query = r.query
	}
	args = append(args, int64(n), int64(offset))
	text := fmt.Sprintf("SELECT u.id%s LIMIT 0 + $%d OFFSET 0 + $%d", from, len(args)-1, len(args))
	var id directory.UserID
	var ids []directory.UserID
	err := query(ctx, text, args, []any{(*int64)(&id)}, func() error { ids = append(ids, id); return nil })
	if back {
		slices.Reverse(ids)
	}
	return ids, total, err
}

// count returns how many users a condition selects.
func (r *reader) count(ctx context.Context, c *compiler, cond condition, where directory.UserFilter) (int, error) {
	if cond.sql == "" {
		h, err := r.head(ctx)
		return int(h.Users), err
	}
	switch f := where.(type) {
	case directory.UsersIn:
		if len(f.Groups) == 1 {
			counts, err := r.MemberCounts(ctx, f.Groups, f.At)
			if err != nil {
				return 0, err
			}
			return int(counts[0]), nil
		}
	case directory.UsersEnabled:
		if f {
			return r.countEnabled(ctx)
		}
	}
	if n, ok, err := r.countNamed(ctx, where); ok || err != nil {
		return n, err
	}
	var n int
	err := r.queryOnce(ctx, "SELECT count(*)"+cond.from(), c.args, []any{&n}, func() error { return nil })
	return n, err
}

// countEnabled subtracts the disabled users, which have an index and are few.
func (r *reader) countEnabled(ctx context.Context) (int, error) {
	h, err := r.head(ctx)
	if err != nil {
		return 0, err
	}
	disabled, err := r.number(ctx, "SELECT count(*) FROM users WHERE deleted_rev = 0 AND disabled = 1")
	return int(h.Users - disabled), err
}

// compiler returns a compiler for the current data.
func (r *reader) compiler(ctx context.Context) compiler {
	return compiler{
		large: func(groups []directory.GroupID) (bool, error) { return r.large(ctx, groups) },
		many:  func(kind directory.CredentialKind) (bool, error) { return r.many(ctx, kind) },
	}
}

// many reports whether more credentials are of a kind than are looked up at once.
func (r *reader) many(ctx context.Context, kind directory.CredentialKind) (bool, error) {
	const few = 1000
	n := 0
	text := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM credentials WHERE kind = $1 LIMIT %d) k", few+1)
	err := r.query(ctx, text, []any{string(kind)}, []any{&n}, func() error { return nil })
	return n > few, err
}

// large reports whether groups have so many members that walking over users soon finds some.
func (r *reader) large(ctx context.Context, groups []directory.GroupID) (bool, error) {
	const few = 10_000
	if len(groups) == 0 {
		return false, nil
	}
	var members int64
	for chunk := range slices.Chunk(groups, pageChunk) {
		var n int64
		text := "SELECT COALESCE(sum(member_count), 0) FROM groups WHERE id IN " + idList(chunk)
		if err := r.queryOnce(ctx, text, nil, []any{&n}, func() error { return nil }); err != nil {
			return false, err
		}
		members += n
	}
	if members < few {
		return false, nil
	}
	h, err := r.head(ctx)
	return members > h.Users/20, err
}

// filtered examines every user that the database cannot rule out.
func (r *reader) filtered(ctx context.Context, c *compiler, cond condition, order []sortKey,
	q directory.UserQuery) ([]directory.UserID, int, error) {
	var id directory.UserID
	m := match{flags: make([]bool, len(c.flags))}
	columns, dest := []string{"u.id"}, []any{(*int64)(&id)}
	for i, wanted := range c.keys {
		if wanted {
			columns, dest = append(columns, "u."+textColumnNames[i]), append(dest, &m.keys[i])
		}
	}
	for i, flag := range c.flags {
		columns, dest = append(columns, "CASE WHEN "+flag+" THEN 1 ELSE 0 END"), append(dest, &m.flags[i])
	}
	text := "SELECT " + strings.Join(columns, ", ") + cond.from()
	// Sorting by id alone is faster here: the database can then use an index that contains
	// only the keys.
	byID := len(order) == 1
	if !byID {
		text += orderBy(order, false)
	}
	var ids []directory.UserID
	err := r.queryOnce(ctx, text, c.args, dest, func() error {
		if cond.test(&m) {
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	if byID {
		slices.Sort(ids)
		if order[0].desc {
			slices.Reverse(ids)
		}
	}
	total := len(ids)
	ids = ids[min(q.Offset, total):]
	if q.Limit > 0 {
		ids = ids[:min(q.Limit, len(ids))]
	}
	return ids, total, nil
}
