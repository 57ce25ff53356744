package sqlstore

import (
	"context"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// maxNameless is how many users without any e-mail are examined for counting.
const maxNameless = 1000

// hasLoginName selects users with a login name.
const hasLoginName = "EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind IN ('email', 'username'))"

// countNamed counts people with a login name: all, those disabled or not, with a text or
// without, or those in some groups. Identity providers ask for the count with every page, so
// it examines as few users as possible. ok is false for any other filter, and if each user
// would have to be examined.
func (r *reader) countNamed(ctx context.Context, where directory.UserFilter) (n int, ok bool, err error) {
	list := conjuncts(nil, where)
	if len(list) == 0 || len(list) > 2 {
		return 0, false, nil
	}
	if _, ok := list[0].(directory.UsersNamed); !ok {
		return 0, false, nil
	}
	h, err := r.head(ctx)
	if err != nil || len(list) == 1 {
		return int(h.Named), err == nil, err
	}
	switch f := list[1].(type) {
	case directory.UsersEnabled: // the disabled ones have an index, and are few
		n, err := r.namedWith(ctx, "u.disabled = 1")
		if f {
			n = h.Named - n
		}
		return int(n), err == nil, err
	case directory.UsersEmpty: // as have those without a text
		i, err := textIndex(f.Field)
		if err != nil {
			return 0, false, err
		}
		n, err := r.namedWith(ctx, "u."+textColumnNames[i]+" = ''")
		if !f.Empty {
			n = h.Named - n
		}
		return int(n), err == nil, err
	case directory.UsersIn:
		return r.countNamedIn(ctx, &h, f)
	}
	return 0, false, nil
}

// namedWith counts people with a login name who meet a condition.
func (r *reader) namedWith(ctx context.Context, condition string) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM users u WHERE u.deleted_rev = 0 AND "+condition+" AND "+hasLoginName)
}

func (r *reader) countNamedIn(ctx context.Context, h *store.Head, in directory.UsersIn) (n int, ok bool, err error) {
	if len(in.Groups) == 0 {
		return 0, true, nil
	}
	nameless, known, err := r.nameless(ctx, h)
	if err != nil || !known {
		return 0, false, err
	}
	members := fmt.Sprintf("memberships m WHERE m.group_id IN %s AND m.starts_at <= %d AND "+
		"(m.expires_at = 0 OR m.expires_at > %d)", idList(in.Groups), in.At, in.At)
	if len(in.Groups) > 1 { // each user counts once, and only the index of members is searched
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

// nameless returns the users without a login name. known is false if they are many or some
// have a contact e-mail, so that each would have to be examined.
func (r *reader) nameless(ctx context.Context, h *store.Head) (ids []directory.UserID, known bool, err error) {
	if h.Users-h.Named > maxNameless {
		return nil, false, nil
	}
	var id int64
	err = r.query(ctx, fmt.Sprintf("SELECT u.id FROM users u WHERE u.deleted_rev = 0 AND u.email_key = '' AND NOT EXISTS "+
		"(SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind = 'username') LIMIT %d",
		maxNameless), nil, []any{&id},
		func() error { ids = append(ids, directory.UserID(id)); return nil })
	return ids, err == nil && h.Named+int64(len(ids)) == h.Users, err
}

// conjuncts returns the filters that must all match.
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
