package sqlstore

import (
	"strings"

	"cohort/internal/directory"
)

// A memberWalk lists the users of one group by id from the index of its members: a page costs
// what it shows, however large the group is.
type memberWalk struct {
	from string // and where
	args []any
}

// walkOf returns the walk that answers a filter. ok is false if the filter is not about the
// members of one group, or about something that another index may find sooner.
func walkOf(where directory.UserFilter, order []sortKey) (w memberWalk, ok bool) {
	if len(order) != 1 {
		return w, false
	}
	var c compiler
	var terms []string
	for _, f := range conjuncts(nil, where) {
		switch f := f.(type) {
		case directory.UsersIn:
			if ok || len(f.Groups) != 1 {
				return w, false
			}
			ok = true
			at := c.arg(int64(f.At))
			terms = append(terms, "m.group_id = "+c.arg(int64(f.Groups[0])),
				"m.starts_at <= "+at, "(m.expires_at = 0 OR m.expires_at > "+at+")")
		case directory.UsersAfter:
			terms = append(terms, "m.user_id > "+c.arg(int64(f)))
		case directory.UsersNamed:
			terms = append(terms, hasLoginName)
		default:
			return w, false
		}
	}
	// SQLite joins in the order of a CROSS JOIN.
	return memberWalk{" FROM memberships m CROSS JOIN users u WHERE u.id = m.user_id AND u.deleted_rev = 0 AND " +
		strings.Join(terms, " AND "), c.args}, ok
}

func (w memberWalk) orderBy(order []sortKey, reverse bool) string {
	if order[0].desc != reverse {
		return " ORDER BY m.user_id DESC"
	}
	return " ORDER BY m.user_id"
}
