package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// pageChunk is how many users are read with one statement per table: the longest page, and one
// more that tells whether another page follows.
const pageChunk = 1001

// UserRows implements store.Reader.
func (r *reader) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	if err := r.admit(ctx); err != nil {
		return directory.UserRows{}, false, err
	}
	users, err := r.usersWhere(ctx, oneUser, r.query, int64(id))
	if err != nil || len(users) == 0 {
		return directory.UserRows{}, false, err
	}
	return users[0], true, nil
}

// oneUser is the condition of one id.
const oneUser = "= $1"

// aboutOne is what is also asked of one user: the revision, which whoever reads one
// from a view needs next, and whether there is something in tables in which many users
// have nothing: a statement costs more than a look into an index.
const aboutOne = ", (SELECT revision FROM head WHERE id = 1), " +
	"CASE WHEN EXISTS (SELECT 1 FROM user_values WHERE user_id = users.id) THEN 1 ELSE 0 END, " +
	"CASE WHEN EXISTS (SELECT 1 FROM user_roles WHERE user_id = users.id) THEN 1 ELSE 0 END, " +
	"CASE WHEN EXISTS (SELECT 1 FROM credentials WHERE user_id = users.id) THEN 1 ELSE 0 END"

// userTexts are the queries that read users whose id meets a condition.
type userTexts struct{ users, memberships, values, roles, credentials string }

func (s schema) userTexts(condition string) *userTexts {
	of := func(kind directory.RowKind, order string) string {
		return fmt.Sprintf("%s WHERE user_id %s ORDER BY %s", s[kind].selectAll, condition, order)
	}
	more := ""
	if condition == oneUser {
		more = aboutOne
	}
	return &userTexts{
		users: fmt.Sprintf("SELECT %s, touched_rev, "+touchedBy+"%s FROM users WHERE id %s ORDER BY id",
			strings.Join(s[directory.RowUser].columns, ", "), directory.ObjectUser, more, condition),
		memberships: of(directory.RowMembership, "user_id, position, group_id"),
		values:      of(directory.RowUserValue, "user_id, attribute_id"),
		roles:       of(directory.RowUserRole, "user_id, role_id"),
		credentials: of(directory.RowCredential, "user_id, id"),
	}
}

// UsersAfter implements store.Reader.
func (r *reader) UsersAfter(ctx context.Context, after directory.UserID, limit int) ([]directory.UserRows, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	var last, n int64
	err := r.query(ctx, "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 0 + $2",
		[]any{int64(after), int64(max(limit, 0))},
		[]any{&last}, func() error { n++; return nil })
	if err != nil || n == 0 {
		return nil, err
	}
	return r.usersWhere(ctx, "BETWEEN $1 AND $2", r.query, int64(after)+1, last)
}

// fewUsers is up to how many users are read one by one, with prepared statements, if there is
// no round trip to a server.
const fewUsers = 3

// UsersByID implements store.Reader.
func (r *reader) UsersByID(ctx context.Context, ids []directory.UserID) ([]directory.UserRows, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	var users []directory.UserRows
	size := pageChunk
	if len(ids) <= fewUsers && r.db.engine.Bulk == nil {
		size = 1
	}
	for chunk := range slices.Chunk(ids, size) {
		condition, query, args := "IN "+idList(chunk), r.queryOnce, []any(nil)
		if len(chunk) == 1 {
			condition, query, args = oneUser, r.query, []any{int64(chunk[0])}
		}
		list, err := r.usersWhere(ctx, condition, query, args...)
		if err != nil {
			return nil, err
		}
		users = append(users, list...)
	}
	return users, nil
}

// usersOf reads existing users in the order of ids.
func (r *reader) usersOf(ctx context.Context, ids []directory.UserID) ([]directory.UserRows, error) {
	list, err := r.UsersByID(ctx, slices.Sorted(slices.Values(ids)))
	if err != nil {
		return nil, err
	}
	byID := make(map[directory.UserID]*directory.UserRows, len(list))
	for i := range list {
		byID[list[i].User.ID] = &list[i]
	}
	users := make([]directory.UserRows, len(ids))
	for i, id := range ids {
		users[i] = *byID[id]
	}
	return users, nil
}

// touchedBy selects the last record that names a user among its objects. It says when the user
// was touched last, except for a change whose record names nobody, which touched_rev records.
// So a change of a user's other rows need not write the user's row.
const touchedBy = "COALESCE((SELECT max(revision) FROM change_objects WHERE object_kind = %d AND object_id = " +
	"users.id), 0)"

// A querier is query or queryOnce.
type querier func(ctx context.Context, text string, args []any, dest []any, each func() error) error

// usersWhere reads the users whose id meets a condition, by id, with all their rows: one
// statement for each table, never one for each user.
func (r *reader) usersWhere(ctx context.Context, condition string, query querier,
	args ...any) ([]directory.UserRows, error) {
	texts := r.db.oneUser
	if condition != oneUser {
		texts = r.db.schema.userTexts(condition)
	}
	users, has, err := r.usersAlone(ctx, texts, query, args)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	at := 0
	owner := func(id directory.UserID) *directory.UserRows {
		for users[at].User.ID != id {
			at++
		}
		return &users[at]
	}
	for _, part := range []struct {
		kind directory.RowKind
		any  bool
		text string
		add  func(directory.Row)
	}{
		{directory.RowMembership, true, texts.memberships, func(row directory.Row) {
			m := as[directory.Membership](row)
			u := owner(m.User)
			u.Memberships = append(u.Memberships, m)
		}},
		{directory.RowUserValue, has.values, texts.values, func(row directory.Row) {
			v := as[directory.UserValue](row)
			u := owner(v.User)
			u.Values = append(u.Values, v)
		}},
		{directory.RowUserRole, has.roles, texts.roles, func(row directory.Row) {
			ur := as[directory.UserRole](row)
			u := owner(ur.User)
			u.Roles = append(u.Roles, ur.Role)
		}},
		{directory.RowCredential, has.credentials, texts.credentials, func(row directory.Row) {
			c := as[directory.Credential](row)
			u := owner(c.User)
			u.Credentials = append(u.Credentials, c)
		}},
	} {
		if !part.any {
			continue
		}
		at = 0
		p := r.db.schema[part.kind].open()
		if err := query(ctx, part.text, args, p.fields, func() error { part.add(p.row()); return nil }); err != nil {
			return nil, err
		}
	}
	return users, nil
}

// userParts says in which other tables users may have rows.
type userParts struct{ values, roles, credentials bool }

// usersAlone reads users without their rows in other tables, and in which of these they may
// have rows.
func (r *reader) usersAlone(ctx context.Context, texts *userTexts, query querier,
	args []any) (users []directory.UserRows, has userParts, err error) {
	p := r.db.schema[directory.RowUser].open()
	var touched, named directory.Revision
	into := append(p.fields, (*int64)(&touched), (*int64)(&named))
	has = userParts{values: true, roles: true, credentials: true}
	if texts == r.db.oneUser {
		into = append(into, (*int64)(&r.revision), &has.values, &has.roles, &has.credentials)
	}
	err = query(ctx, texts.users, args, into, func() error {
		users = append(users, directory.UserRows{User: as[directory.User](p.row()), TouchedRev: max(touched, named)})
		return nil
	})
	return users, has, err
}

// selectMemberCounts counts members without a window, whose number the group stores, and adds
// the members with a window at a time.
const selectMemberCounts = `SELECT g.id, g.member_count + (
	SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id
	WHERE m.group_id = g.id AND (m.starts_at <> 0 OR m.expires_at <> 0)
	AND m.starts_at <= $1 AND (m.expires_at = 0 OR m.expires_at > $1) AND u.deleted_rev = 0)
	FROM groups g WHERE `

// MemberCounts implements store.Reader.
func (r *reader) MemberCounts(ctx context.Context, groups []directory.GroupID, at directory.Instant) ([]int64, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	byID := make(map[int64]int64, len(groups))
	var id, n int64
	into := []any{&id, &n}
	all := slices.Compact(slices.Sorted(slices.Values(groups)))
	for chunk := range slices.Chunk(all, pageChunk) {
		var err error
		if len(all) == 1 { // this text is worth keeping
			err = r.query(ctx, selectMemberCounts+"g.id = $2", []any{int64(at), int64(all[0])}, into,
				func() error { byID[id] = n; return nil })
		} else {
			err = r.queryOnce(ctx, selectMemberCounts+"g.id IN "+idList(chunk), []any{int64(at)}, into,
				func() error { byID[id] = n; return nil })
		}
		if err != nil {
			return nil, err
		}
	}
	counts := make([]int64, len(groups))
	for i, g := range groups {
		counts[i] = byID[int64(g)]
	}
	return counts, nil
}

// NextBoundary implements store.Reader. Each bound has an index of the few rows with one.
func (r *reader) NextBoundary(ctx context.Context, after directory.Instant) (directory.Instant, error) {
	if err := r.admit(ctx); err != nil {
		return 0, err
	}
	var bounds []string
	for _, table := range []string{"memberships", "group_values", "user_values"} {
		for _, bound := range []string{"starts_at", "expires_at"} {
			bounds = append(bounds, fmt.Sprintf(
				"SELECT due FROM (SELECT %[2]s AS due FROM %[1]s WHERE %[2]s <> 0 AND %[2]s > $1 ORDER BY %[2]s LIMIT 1) AS b",
				table, bound))
		}
	}
	var next directory.Instant
	text := "SELECT COALESCE(MIN(due), 0) FROM (" + strings.Join(bounds, " UNION ALL ") + ") AS bounds"
	err := r.query(ctx, text, []any{int64(after)}, []any{(*int64)(&next)}, func() error { return nil })
	return next, err
}
