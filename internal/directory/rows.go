package directory

import (
	"cmp"
	"slices"
)

// Replace applies the change of one row to the rows of its user. A nil row does not exist.
func (u *UserRows) Replace(was, is Row) {
	row := is
	if row == nil {
		row = was
	}
	switch r := row.(type) {
	case User:
		u.User = r
	case Membership:
		u.Memberships = replaced(u.Memberships, r, is != nil, func(a, b Membership) int {
			return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Group, b.Group))
		})
	case UserValue:
		u.Values = replaced(u.Values, r, is != nil, func(a, b UserValue) int {
			return cmp.Compare(a.Attribute, b.Attribute)
		})
	case Credential:
		u.Credentials = replaced(u.Credentials, r, is != nil, func(a, b Credential) int {
			return cmp.Compare(a.ID, b.ID)
		})
	case UserRole:
		u.Roles = slices.DeleteFunc(u.Roles, func(id RoleID) bool { return id == r.Role })
		if is != nil {
			u.Roles = append(u.Roles, r.Role)
			slices.Sort(u.Roles)
		}
	}
}

// replaced returns rows without the one that has r's key, and with r if it exists.
func replaced[T Row](rows []T, r T, there bool, order func(a, b T) int) []T {
	rows = slices.DeleteFunc(rows, func(old T) bool { return old.Key() == r.Key() })
	if there {
		rows = append(rows, r)
		slices.SortFunc(rows, order)
	}
	return rows
}
