package sqlstore

import (
	"context"
	"fmt"

	"cohort/internal/directory"
)

// maxNameless is how many users without any e-mail are looked at to count by.
const maxNameless = 1000

// countNamed counts people with a login name, all of them or those in some groups,
// without a look at the credentials of each: identity providers ask how many there are on every page.
// ok is false of any other filter, and where there is no way but to look.
func (r *reader) countNamed(ctx context.Context, where directory.UserFilter) (n int, ok bool, err error) {
	list := conjuncts(nil, where)
	if len(list) == 0 || len(list) > 2 {
		return 0, false, nil
	}
	if _, ok := list[0].(directory.UsersNamed); !ok {
		return 0, false, nil
	}
	// Service accounts have no login names, and deleted users no credentials.
	named, err := r.number(ctx, "SELECT (SELECT count(*) FROM credentials WHERE kind = 'email') + "+
		"(SELECT count(*) FROM credentials c WHERE c.kind = 'username' AND NOT EXISTS "+
		"(SELECT 1 FROM credentials e WHERE e.user_id = c.user_id AND e.kind = 'email'))")
	if err != nil || len(list) == 1 {
		return int(named), err == nil, err
	}
	in, ok := list[1].(directory.UsersIn)
	if !ok || len(in.Groups) == 0 {
		return 0, false, nil
	}
	nameless, known, err := r.nameless(ctx, named)
	if err != nil || !known {
		return 0, false, err
	}
	members := fmt.Sprintf("memberships m WHERE m.group_id IN %s AND m.starts_at <= %d AND "+
		"(m.expires_at = 0 OR m.expires_at > %d)", idList(in.Groups), in.At, in.At)
	if len(in.Groups) > 1 { // each user counts once, and is looked for in the index of members only
		total, err := r.number(ctx, "SELECT count(*) FROM users u WHERE u.deleted_rev = 0 AND u.id IN ("+
			"SELECT m.user_id FROM "+members+") AND u.id NOT IN "+idList(nameless))
		return int(total), err == nil, err
	}
	counts, err := r.MemberCounts(ctx, in.Groups, in.At)
	if err != nil {
		return 0, false, err
	}
	others, err := r.number(ctx, "SELECT count(*) FROM "+members+" AND m.user_id IN "+idList(nameless))
	return int(counts[0] - others), err == nil, err
}

// nameless are the users without a login name, of whom so many have one; known is
// false if that cannot be said without a look at each: some have a contact e-mail,
// or they are many.
func (r *reader) nameless(ctx context.Context, named int64) (ids []directory.UserID, known bool, err error) {
	h, err := r.head(ctx)
	if err != nil {
		return nil, false, err
	}
	var id int64
	err = r.query(ctx, fmt.Sprintf("SELECT u.id FROM users u WHERE u.deleted_rev = 0 AND u.email_key = '' AND NOT EXISTS "+
		"(SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind = 'username') LIMIT %d",
		maxNameless), nil, []any{&id},
		func() error { ids = append(ids, directory.UserID(id)); return nil })
	return ids, err == nil && named+int64(len(ids)) == h.Users, err
}

// conjuncts are the filters that a filter needs all of.
func conjuncts(list []directory.UserFilter, f directory.UserFilter) []directory.UserFilter {
	all, ok := f.(directory.UsersAnd)
	if !ok {
		return append(list, f)
	}
	for _, g := range all {
		list = conjuncts(list, g)
	}
	return list
}
