package store

import (
	"cmp"
	"fmt"
	"slices"

	"cohort/internal/directory"
)

// Selects reports whether a filter selects a user. It says in Go what
// Reader.Users says in the language of a database.
func Selects(f directory.UserFilter, u *directory.UserRows) (bool, error) {
	switch f := f.(type) {
	case nil:
		return true, nil
	case directory.UsersAnd:
		return selectsAll(f, u)
	case directory.UsersOr:
		return selectsAny(f, u)
	case directory.UsersByID:
		return slices.Contains(f, u.User.ID), nil
	case directory.UsersLike:
		key, err := textKey(u, f.Field)
		return f.Pattern.Match(key), err
	case directory.UsersEmpty:
		key, err := textKey(u, f.Field)
		return (key == "") == f.Empty, err
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
	case directory.UsersNamed:
		return u.IsNamed(), nil
	case directory.UsersIn:
		return slices.ContainsFunc(u.Memberships, func(m directory.Membership) bool {
			return slices.Contains(f.Groups, m.Group) && m.InForce(f.At)
		}), nil
	}
	return false, fmt.Errorf("unknown filter %T", f)
}

func selectsAll(list []directory.UserFilter, u *directory.UserRows) (bool, error) {
	result := true
	for _, f := range list {
		ok, err := Selects(f, u)
		if err != nil {
			return false, err
		}
		result = result && ok
	}
	return result, nil
}

func selectsAny(list []directory.UserFilter, u *directory.UserRows) (bool, error) {
	result := false
	for _, f := range list {
		ok, err := Selects(f, u)
		if err != nil {
			return false, err
		}
		result = result || ok
	}
	return result, nil
}

// IDsOf are the ids of users, in their order.
func IDsOf(users []directory.UserRows) []directory.UserID {
	ids := make([]directory.UserID, len(users))
	for i := range users {
		ids[i] = users[i].User.ID
	}
	return ids
}

// CompareUsers orders two users by the keys of an order, and by id where these
// are equal.
func CompareUsers(a, b *directory.UserRows, keys []directory.UserSort) int {
	for _, s := range keys {
		n := compareField(a, b, s.Field)
		if s.Desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return cmp.Compare(a.User.ID, b.User.ID)
}

func compareField(a, b *directory.UserRows, field directory.UserField) int {
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

// textKey is the folded text of a field.
func textKey(u *directory.UserRows, field directory.UserField) (string, error) {
	switch field {
	case directory.FieldFirstName:
		return directory.Fold(u.User.FirstName), nil
	case directory.FieldLastName:
		return directory.Fold(u.User.LastName), nil
	case directory.FieldEmail:
		return directory.Fold(u.Email()), nil
	default:
		return "", fmt.Errorf("users field %d is no text", field)
	}
}
