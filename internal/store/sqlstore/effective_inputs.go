package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// EffectiveInputs implements store.Reader. It reads indexes and the two tables that are
// ordered by user, but not the rows of users, which are long and not needed.
func (r *reader) EffectiveInputs(ctx context.Context, q store.EffectiveInputQuery) ([]directory.UserRows, error) {
	if err := r.admit(ctx); err != nil {
		return nil, err
	}
	if q.IDs == nil {
		return r.nextInputs(ctx, q.After, max(q.Limit, 0))
	}
	users := make([]directory.UserRows, 0, len(q.IDs))
	for chunk := range slices.Chunk(q.IDs, pageChunk) {
		in := " IN " + idList(chunk)
		list, err := r.effectiveInputs(ctx, inputsRead{
			ids: "SELECT id FROM users WHERE deleted_rev = 0 AND id" + in + " ORDER BY id", of: in, query: r.queryOnce,
			most: len(chunk),
		})
		if err != nil {
			return nil, err
		}
		users = append(users, list...)
	}
	return users, nil
}

func (r *reader) nextInputs(ctx context.Context, after directory.UserID, limit int) ([]directory.UserRows, error) {
	return r.effectiveInputs(ctx, inputsRead{
		ids:  "SELECT id FROM users WHERE deleted_rev = 0 AND id > $1 ORDER BY id LIMIT 0 + $2",
		args: []any{int64(after), int64(limit)}, of: " BETWEEN $1 AND $2", between: true, query: r.query, most: limit,
	})
}

// Members implements store.Reader. One index contains everything that it needs.
func (r *reader) Members(ctx context.Context, group directory.GroupID, at directory.Instant,
	f func(directory.UserID) error) error {
	if err := r.admit(ctx); err != nil {
		return err
	}
	var id int64
	return r.query(ctx, `SELECT user_id FROM memberships WHERE group_id = $1 AND starts_at <= $2
		AND (expires_at = 0 OR expires_at > $2) ORDER BY user_id`, []any{int64(group), int64(at)}, []any{&id}, func() error {
		return r.outside(func() error { return f(directory.UserID(id)) })
	})
}

// An inputsRead says how to find users and their rows.
type inputsRead struct {
	ids     string // selects the users
	args    []any
	of      string // the condition on the column of the user
	between bool   // its arguments are the first and the last user
	query   querier
	most    int
}

func (r *reader) effectiveInputs(ctx context.Context, read inputsRead) ([]directory.UserRows, error) {
	users := make([]directory.UserRows, 0, min(read.most, 10*pageChunk))
	var id int64
	err := read.query(ctx, read.ids, read.args, []any{&id}, func() error {
		users = append(users, directory.UserRows{User: directory.User{ID: directory.UserID(id)}})
		return nil
	})
	if err != nil || len(users) == 0 {
		return nil, err
	}
	var args []any
	if read.between {
		args = []any{int64(users[0].User.ID), int64(users[len(users)-1].User.ID)}
	}
	o := owners{users: users}
	err = read.query(ctx, "SELECT id FROM users WHERE deleted_rev = 0 AND disabled = 1 AND id"+read.of+" ORDER BY id",
		args,
		[]any{&id}, func() error {
			if u := o.find(id); u != nil {
				u.User.Disabled = true
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	if err := r.inputMemberships(ctx, read, args, users); err != nil {
		return nil, err
	}
	t := r.db.schema[directory.RowUserValue]
	p := t.open()
	o = owners{users: users}
	err = read.query(ctx, t.selectAll+" WHERE user_id"+read.of+" ORDER BY user_id, attribute_id", args, p.fields,
		func() error {
			v := as[directory.UserValue](p.row())
			if u := o.find(int64(v.User)); u != nil {
				u.Values = append(u.Values, v)
			}
			return nil
		})
	return users, err
}

// inputMemberships adds the memberships of the users, which share one array. They are most of
// what is read, so the engine makes one row of a user's memberships: transferring a row costs
// more than its content.
func (r *reader) inputMemberships(ctx context.Context, read inputsRead, args []any,
	users []directory.UserRows) error {
	o := owners{users: users}
	all := make([]directory.Membership, 0, 4*len(users))
	var user int64
	var groups string
	err := read.query(ctx, `SELECT user_id, string_agg(CASE WHEN starts_at = 0 AND expires_at = 0 THEN CAST(group_id AS TEXT)
			ELSE CAST(group_id AS TEXT) || ':' || CAST(starts_at AS TEXT) || ':' || CAST(expires_at AS TEXT) END, ',')
		FROM memberships WHERE user_id`+read.of+" GROUP BY user_id ORDER BY user_id", args, []any{&user, &groups}, func() error {
		u := o.find(user)
		if u == nil {
			return nil
		}
		begin := len(all)
		for text := range strings.SplitSeq(groups, ",") {
			m, err := parseMembership(text)
			if err != nil {
				return fmt.Errorf("the memberships of user %d: %w", user, err)
			}
			m.User = u.User.ID
			all = append(all, m)
		}
		u.Memberships = all[begin:len(all):len(all)]
		slices.SortFunc(u.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
		return nil
	})
	return r.failIf(err)
}

// parseMembership parses a group, and the bounds of the window if there is one.
func parseMembership(text string) (m directory.Membership, err error) {
	numbers := []*int64{(*int64)(&m.Group), (*int64)(&m.StartsAt), (*int64)(&m.ExpiresAt)}
	for i := 0; i < len(numbers) && err == nil; i++ {
		part, rest, more := strings.Cut(text, ":")
		if *numbers[i], err = strconv.ParseInt(part, 10, 64); !more {
			break
		}
		text = rest
	}
	return m, err
}

// owners finds users by ascending ids.
type owners struct {
	users []directory.UserRows
	at    int
}

// find returns nil for an id that is not among the users.
func (o *owners) find(id int64) *directory.UserRows {
	for o.at < len(o.users) && int64(o.users[o.at].User.ID) < id {
		o.at++
	}
	if o.at == len(o.users) || int64(o.users[o.at].User.ID) != id {
		return nil
	}
	return &o.users[o.at]
}
