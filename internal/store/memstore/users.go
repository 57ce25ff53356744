package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
)

func (r *reader) Users(ctx context.Context, q directory.UserQuery) ([]directory.UserRows, int, error) {
	if err := r.enter(ctx); err != nil {
		return nil, 0, err
	}
	var list []directory.UserRows
	for _, row := range r.state.sorted(directory.RowUser) {
		u, _ := r.state.userRows(row.(directory.User).ID)
		if u.User.DeletedRev != 0 {
			continue
		}
		selected, err := matches(&u, q.Where)
		if err != nil {
			return nil, 0, r.fail(err)
		}
		if selected {
			list = append(list, u)
		}
	}
	for _, s := range q.Sort {
		if s.Field < directory.FieldID || s.Field > directory.FieldCreatedAt {
			return nil, 0, r.fail(fmt.Errorf("users cannot be sorted by field %d", s.Field))
		}
	}
	slices.SortStableFunc(list, func(a, b directory.UserRows) int {
		for _, s := range q.Sort {
			n := compareUsers(&a, &b, s.Field)
			if s.Desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	if q.Offset < 0 || q.Limit < 0 {
		return nil, 0, r.fail(fmt.Errorf("offset %d, limit %d", q.Offset, q.Limit))
	}
	total := len(list)
	list = list[min(q.Offset, total):]
	if q.Limit > 0 {
		list = list[:min(q.Limit, len(list))]
	}
	return slices.Clip(list), total, nil
}

func compareUsers(a, b *directory.UserRows, field directory.UserField) int {
	switch field {
	case directory.FieldID:
		return cmp.Compare(a.User.ID, b.User.ID)
	case directory.FieldDisabled:
		return cmp.Compare(number(a.User.Disabled), number(b.User.Disabled))
	case directory.FieldKind:
		return cmp.Compare(a.User.Kind, b.User.Kind)
	case directory.FieldCreatedAt:
		return cmp.Compare(a.User.CreatedAt, b.User.CreatedAt)
	case directory.FieldFirstName, directory.FieldLastName, directory.FieldEmail:
	}
	x, _ := textKey(a, field)
	y, _ := textKey(b, field)
	return cmp.Compare(x, y)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// textKey is the folded text of a field; ok is false if it is no text.
func textKey(u *directory.UserRows, field directory.UserField) (key string, ok bool) {
	switch field {
	case directory.FieldFirstName:
		return directory.Fold(u.User.FirstName), true
	case directory.FieldLastName:
		return directory.Fold(u.User.LastName), true
	case directory.FieldEmail:
		return directory.Fold(u.Email()), true
	default:
		return "", false
	}
}

// matches reports whether a filter selects a user.
func matches(u *directory.UserRows, f directory.UserFilter) (bool, error) {
	switch f := f.(type) {
	case nil:
		return true, nil
	case directory.UsersAnd:
		return all(u, f)
	case directory.UsersOr:
		return some(u, f)
	case directory.UsersByID:
		return slices.Contains(f, u.User.ID), nil
	case directory.UsersLike:
		key, ok := textKey(u, f.Field)
		if !ok {
			return false, fmt.Errorf("users field %d is no text", f.Field)
		}
		return f.Pattern.Match(key), nil
	case directory.UsersEmpty:
		key, ok := textKey(u, f.Field)
		if !ok {
			return false, fmt.Errorf("users field %d is no text", f.Field)
		}
		return (key == "") == f.Empty, nil
	case directory.UsersAfter:
		return u.User.ID > directory.UserID(f), nil
	case directory.UsersEnabled:
		return u.User.Disabled != bool(f), nil
	case directory.UsersOfKind:
		return u.User.Kind == directory.UserKind(f), nil
	case directory.UsersHaving:
		return slices.ContainsFunc(u.Roles, func(id directory.RoleID) bool { return slices.Contains(f, id) }), nil
	case directory.UsersWith:
		_, has := u.Credential(directory.CredentialKind(f))
		return has, nil
	case directory.UsersWithout:
		_, has := u.Credential(directory.CredentialKind(f))
		return !has, nil
	case directory.UsersIn:
		return slices.ContainsFunc(u.Memberships, func(m directory.Membership) bool {
			return slices.Contains(f.Groups, m.Group) && m.InForce(f.At)
		}), nil
	}
	return false, fmt.Errorf("unknown filter %T", f)
}

func all(u *directory.UserRows, list []directory.UserFilter) (bool, error) {
	result := true
	for _, f := range list {
		ok, err := matches(u, f)
		if err != nil {
			return false, err
		}
		result = result && ok
	}
	return result, nil
}

func some(u *directory.UserRows, list []directory.UserFilter) (bool, error) {
	result := false
	for _, f := range list {
		ok, err := matches(u, f)
		if err != nil {
			return false, err
		}
		result = result || ok
	}
	return result, nil
}
