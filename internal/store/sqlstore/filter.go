package sqlstore

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// A condition is a filter of users in two parts: what the database can decide, and what
// remains for Go.
type condition struct {
	sql  string            // holds for every user that the filter selects; empty means always
	test func(*match) bool // holds, together with sql, for no other; nil means always
	key  string            // sql as a range of one indexed key, without the name of the table
}

// A match is a user that the database has found and Go examines.
type match struct {
	keys  [3]string // folded first name, last name and e-mail
	flags []bool    // the database's answers to the conditions in compiler.flags
}

// A compiler converts a filter to a condition.
type compiler struct {
	args  []any
	keys  [3]bool  // which keys tests need
	flags []string // conditions that the database decides for tests
	large func([]directory.GroupID) (bool, error)
	many  func(directory.CredentialKind) (bool, error)
}

// textColumnNames are the columns of the keys, in the order of match.keys.
var textColumnNames = [3]string{"first_key", "last_key", "email_key"}

func textIndex(f directory.UserField) (int, error) {
	switch f {
	case directory.FieldFirstName:
		return 0, nil
	case directory.FieldLastName:
		return 1, nil
	case directory.FieldEmail:
		return 2, nil
	default:
		return 0, fmt.Errorf("users field %d is no text", f)
	}
}

// arg adds an argument and returns its placeholder.
func (c *compiler) arg(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

func (c *compiler) compile(f directory.UserFilter) (condition, error) {
	switch f := f.(type) {
	case nil:
		return condition{}, nil
	case directory.UsersAnd:
		return c.and(f)
	case directory.UsersOr:
		return c.or(f)
	case directory.UsersByID:
		return condition{sql: "u.id IN " + idList(f)}, nil
	case directory.UsersLike:
		return c.like(f)
	case directory.UsersEmpty:
		i, err := textIndex(f.Field)
		if err != nil {
			return condition{}, err
		}
		if f.Empty {
			return condition{sql: "u." + textColumnNames[i] + " = ''"}, nil
		}
		return condition{sql: "u." + textColumnNames[i] + " <> ''"}, nil
	case directory.UsersAfter:
		return condition{sql: "u.id > " + c.arg(int64(f))}, nil
	case directory.UsersEnabled:
		if f {
			return condition{sql: "u.disabled = 0"}, nil
		}
		return condition{sql: "u.disabled = 1"}, nil
	case directory.UsersOfKind:
		if f == directory.UsersOfKind(directory.KindService) { // the index of services is found by this text
			return condition{sql: "u.kind = 'service'"}, nil
		}
		return condition{sql: "u.kind = " + c.arg(string(f))}, nil
	case directory.UsersHaving:
		return condition{sql: "u.id IN (SELECT r.user_id FROM user_roles r WHERE r.role_id IN " + idList(f) + ")"}, nil
	case directory.UsersWith:
		return c.with(directory.CredentialKind(f))
	case directory.UsersWithout:
		return condition{sql: "NOT EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind = " +
			c.arg(string(f)) + ")"}, nil
	case directory.UsersNamed:
		return condition{sql: hasLoginName}, nil
	case directory.UsersIn:
		return c.in(f)
	}
	return condition{}, fmt.Errorf("unknown filter %T", f)
}

// with checks for each user whether it has a credential of a kind, if many credentials are of
// that kind; otherwise it looks those up.
func (c *compiler) with(kind directory.CredentialKind) (condition, error) {
	many, err := c.many(kind)
	if err != nil {
		return condition{}, err
	}
	if many {
		return condition{sql: "EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind = " +
			c.arg(string(kind)) + ")"}, nil
	}
	return condition{sql: "u.id IN (SELECT c.user_id FROM credentials c WHERE c.kind = " + c.arg(string(kind)) + ")"}, nil
}

// in checks for each user whether it is a member, if the groups are large; otherwise it looks
// the members up.
func (c *compiler) in(f directory.UsersIn) (condition, error) {
	large, err := c.large(f.Groups)
	if err != nil {
		return condition{}, err
	}
	at := c.arg(int64(f.At))
	members := fmt.Sprintf("memberships m WHERE m.group_id IN %s AND m.starts_at <= %s AND (m.expires_at = 0 OR "+
		"m.expires_at > %s)",
		idList(f.Groups), at, at)
	if large {
		return condition{sql: "EXISTS (SELECT 1 FROM " + members + " AND m.user_id = u.id)"}, nil
	}
	return condition{sql: "u.id IN (SELECT m.user_id FROM " + members + ")"}, nil
}

// like compares as far as a range of keys can, and leaves the rest to Pattern.Match.
func (c *compiler) like(f directory.UsersLike) (condition, error) {
	i, err := textIndex(f.Field)
	if err != nil {
		return condition{}, err
	}
	column := textColumnNames[i]
	if key, ok := f.Pattern.Exact(); ok {
		key := column + " = " + c.arg(key)
		return condition{sql: "u." + key, key: key}, nil
	}
	var cond condition
	prefix, only := f.Pattern.Prefix()
	if prefix != "" {
		cond.key = column + " >= " + c.arg(prefix)
		cond.sql = "u." + cond.key
		if end, bounded := keyRange(prefix); bounded {
			below := column + " < " + c.arg(end)
			cond.key += " AND " + below
			cond.sql += " AND u." + below
		}
	}
	if !only {
		c.keys[i], cond.key = true, ""
		cond.test = func(m *match) bool { return f.Pattern.Match(m.keys[i]) }
	}
	return cond, nil
}

func (c *compiler) and(list []directory.UserFilter) (condition, error) {
	var sql []string
	var tests []func(*match) bool
	for _, f := range list {
		cond, err := c.compile(f)
		if err != nil {
			return condition{}, err
		}
		if cond.sql != "" {
			sql = append(sql, "("+cond.sql+")")
		}
		if cond.test != nil {
			tests = append(tests, cond.test)
		}
	}
	all := condition{sql: strings.Join(sql, " AND ")}
	if len(tests) > 0 {
		all.test = func(m *match) bool {
			for _, test := range tests {
				if !test(m) {
					return false
				}
			}
			return true
		}
	}
	return all, nil
}

// or is exact if every part is. Otherwise the database returns every user that some part may
// select, with the result of each part, and Go decides.
func (c *compiler) or(list []directory.UserFilter) (condition, error) {
	if len(list) == 0 {
		return condition{sql: "1 = 0"}, nil
	}
	var sql, ranges []string
	var parts []condition
	before := len(c.args)
	exact, always := true, false
	for _, f := range list {
		cond, err := c.compile(f)
		if err != nil {
			return condition{}, err
		}
		parts = append(parts, cond)
		sql = append(sql, "("+cond.sql+")")
		if cond.key != "" {
			ranges = append(ranges, "SELECT id FROM users WHERE deleted_rev = 0 AND "+cond.key)
		}
		exact = exact && cond.test == nil
		always = always || cond.sql == ""
	}
	var any condition
	switch {
	case len(ranges) == len(list):
		// Every part has an index. As alternatives of one condition, none would be used.
		any.sql = "u.id IN (" + strings.Join(ranges, " UNION ") + ")"
	case !always:
		any.sql = strings.Join(sql, " OR ")
	case exact:
		c.args = c.args[:before] // nothing refers to them any more
	}
	if exact {
		return any, nil
	}
	flags := make([]int, len(parts))
	for i, p := range parts {
		flags[i] = -1
		if p.sql != "" {
			flags[i] = len(c.flags)
			c.flags = append(c.flags, p.sql)
		}
	}
	any.test = func(m *match) bool {
		for i, p := range parts {
			if (flags[i] < 0 || m.flags[flags[i]]) && (p.test == nil || p.test(m)) {
				return true
			}
		}
		return false
	}
	return any, nil
}
