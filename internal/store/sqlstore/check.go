package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"cohort/internal/directory"
)

// Check compares derived data with the rows: counts, keys, totals, next ids. It calls report
// with one sentence for each fault. The engine checks pages and references.
func (d *DB) Check(ctx context.Context, report func(string)) error {
	return d.read(ctx, func(r *reader) error {
		for _, check := range []func(context.Context, func(string)) error{
			r.checkMembers, r.checkUserKeys, r.checkNameKeys, r.checkTouched, r.checkHead, r.checkNextIDs, r.checkSealed,
			r.checkChunks,
		} {
			if err := check(ctx, report); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reader) checkMembers(ctx context.Context, report func(string)) error {
	var id, stored, counted int64
	return r.query(ctx, `SELECT g.id, g.member_count, COALESCE(c.n, 0) FROM groups g LEFT JOIN (
			SELECT m.group_id, count(*) AS n FROM memberships m JOIN users u ON u.id = m.user_id
			WHERE u.deleted_rev = 0 AND m.starts_at = 0 AND m.expires_at = 0 GROUP BY m.group_id
		) c ON c.group_id = g.id WHERE g.member_count <> COALESCE(c.n, 0) ORDER BY g.id`, nil,
		[]any{&id, &stored, &counted}, func() error {
			report(fmt.Sprintf("The stored member count of group %d is %d, but it has %d.", id, stored, counted))
			return nil
		})
}

func (r *reader) checkUserKeys(ctx context.Context, report func(string)) error {
	var id int64
	var first, firstKey, last, lastKey, contact, contactKey, emailKey string
	var login sql.NullString
	return r.query(ctx, `SELECT id, first_name, first_key, last_name, last_key, contact_email, contact_key, email_key,
			(SELECT shown FROM credentials c WHERE c.user_id = u.id AND c.kind = 'email' ORDER BY c.id LIMIT 1)
		FROM users u ORDER BY id`, nil,
		[]any{&id, &first, &firstKey, &last, &lastKey, &contact, &contactKey, &emailKey, &login}, func() error {
			shown := contact
			if login.Valid {
				shown = login.String
			}
			for _, k := range []struct{ what, text, key string }{
				{"first name", first, firstKey}, {"last name", last, lastKey},
				{"contact e-mail", contact, contactKey}, {"e-mail", shown, emailKey},
			} {
				if directory.Fold(k.text) != k.key {
					report(fmt.Sprintf("The %s key of user %d is not that of its %s.", k.what, id, k.what))
				}
			}
			return nil
		})
}

// checkTouched checks that the last change in a user's row names nobody or names the user; see
// touchedBy.
func (r *reader) checkTouched(ctx context.Context, report func(string)) error {
	var id, touched int64
	return r.query(ctx, `SELECT u.id, u.touched_rev FROM users u WHERE u.touched_rev <> 0 AND (u.touched_rev > (SELECT revision FROM head)
			OR EXISTS (SELECT 1 FROM change_objects o WHERE o.revision = u.touched_rev) AND NOT EXISTS (SELECT 1 FROM change_objects o
				WHERE o.object_kind = $1 AND o.object_id = u.id AND o.revision = u.touched_rev)) ORDER BY u.id`,
		[]any{int64(directory.ObjectUser)}, []any{&id, &touched}, func() error {
			report(fmt.Sprintf("User %d is said to be touched by revision %d, which was not about it.", id, touched))
			return nil
		})
}

func (r *reader) checkNameKeys(ctx context.Context, report func(string)) error {
	for _, t := range []struct{ table, what, text, key string }{
		{"groups", "group", "name", "name_key"}, {"attributes", "attribute", "label", "label_key"},
		{"roles", "role", "name", "name_key"}, {"permission_sets", "permission set", "name", "name_key"},
		{"model_sets", "model set", "name", "name_key"},
	} {
		var id int64
		var text, key string
		query := fmt.Sprintf("SELECT id, %s, %s FROM %s ORDER BY id", t.text, t.key, t.table)
		err := r.query(ctx, query, nil, []any{&id, &text, &key}, func() error {
			if directory.Fold(text) != key {
				report(fmt.Sprintf("The %s key of %s %d is not that of its %s.", t.text, t.what, id, t.text))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// number reads one number.
func (r *reader) number(ctx context.Context, text string) (n int64, err error) {
	err = r.query(ctx, text, nil, []any{&n}, func() error { return nil })
	return n, err
}

func (r *reader) checkHead(ctx context.Context, report func(string)) error {
	h, err := r.head(ctx)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		query, complaint string
		head             int64
	}{
		{"SELECT count(*) FROM users WHERE deleted_rev = 0", "The head counts %d users, but there are %d.", h.Users},
		{"SELECT count(*) FROM groups WHERE deleted_rev = 0", "The head counts %d groups, but there are %d.", h.Groups},
		{"SELECT count(*) FROM users u WHERE u.deleted_rev = 0 AND " + hasLoginName,
			"The head counts %d users with a login name, but there are %d.", h.Named},
		{"SELECT count(*) FROM changes", "The head is at revision %d, but there are %d records.", int64(h.Revision)},
		{"SELECT COALESCE(max(revision), 0) FROM changes", "The head is at revision %d, but the last record is %d.",
			int64(h.Revision)},
	} {
		n, err := r.number(ctx, c.query)
		if err != nil {
			return err
		}
		if n != c.head {
			report(fmt.Sprintf(c.complaint, c.head, n))
		}
	}
	return nil
}

// checkNextIDs checks that ids are below their counter, except for users, groups and
// attributes, whose ids clients may choose.
func (r *reader) checkNextIDs(ctx context.Context, report func(string)) error {
	h, err := r.head(ctx)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		table, what string
		next        int64
	}{
		{"group_values", "group value", int64(h.Next.Value)},
		{"roles", "role", int64(h.Next.Role)}, {"permission_sets", "permission set", int64(h.Next.PermissionSet)},
		{"model_sets", "model set", int64(h.Next.ModelSet)}, {"credentials", "credential", int64(h.Next.Credential)},
		{"sealed_values", "sealed value", int64(h.Next.Sealed)},
	} {
		greatest, err := r.number(ctx, "SELECT COALESCE(max(id), 0) FROM "+c.table)
		if err != nil {
			return err
		}
		if greatest >= c.next {
			report(fmt.Sprintf("The next %s would get id %d, but %d is given out.", c.what, c.next, greatest))
		}
	}
	return nil
}

func (r *reader) checkSealed(ctx context.Context, report func(string)) error {
	for _, c := range []struct{ table, column, what string }{
		{"attributes", "default_sealed_id", "default"}, {"group_values", "sealed_id", "group value"},
		{"user_values", "sealed_id", "user value"},
	} {
		var id int64
		query := fmt.Sprintf(`SELECT t.%[1]s FROM %[2]s t LEFT JOIN sealed_values s ON s.id = t.%[1]s
			WHERE t.%[1]s <> 0 AND s.id IS NULL ORDER BY t.%[1]s`, c.column, c.table)
		err := r.query(ctx, query, nil, []any{&id}, func() error {
			report(fmt.Sprintf("A %s names sealed value %d, which is not there.", c.what, id))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkChunks checks that the chunks of a record are numbered from 0, because its index says
// where objects begin.
func (r *reader) checkChunks(ctx context.Context, report func(string)) error {
	var rev int64
	return r.query(ctx, "SELECT revision FROM change_chunks GROUP BY revision HAVING max(n) <> count(*) - 1 ORDER BY "+
		"revision",
		nil, []any{&rev}, func() error {
			report(fmt.Sprintf("The chunks of record %d are not numbered from 0.", rev))
			return nil
		})
}
