package memstore

import (
	"fmt"

	"cohort/internal/directory"
)

// names returns the keys of the rows that a row refers to and that must exist.
func names(row directory.Row) []directory.RowKey {
	user := func(id directory.UserID) directory.RowKey { return directory.User{ID: id}.Key() }
	group := func(id directory.GroupID) directory.RowKey { return directory.Group{ID: id}.Key() }
	attribute := func(id directory.AttributeID) directory.RowKey { return directory.Attribute{ID: id}.Key() }
	role := func(id directory.RoleID) directory.RowKey { return directory.Role{ID: id}.Key() }
	switch r := row.(type) {
	case directory.Nesting:
		return []directory.RowKey{group(r.Group), group(r.Parent)}
	case directory.GroupValue:
		return []directory.RowKey{group(r.Group), attribute(r.Attribute)}
	case directory.Role:
		return []directory.RowKey{directory.PermissionSet{ID: r.PermissionSet}.Key(),
			directory.ModelSet{ID: r.ModelSet}.Key()}
	case directory.GroupRole:
		return []directory.RowKey{group(r.Group), role(r.Role)}
	case directory.Membership:
		return []directory.RowKey{user(r.User), group(r.Group)}
	case directory.UserValue:
		return []directory.RowKey{user(r.User), attribute(r.Attribute)}
	case directory.UserRole:
		return []directory.RowKey{user(r.User), role(r.Role)}
	case directory.Credential:
		return []directory.RowKey{user(r.User)}
	}
	return nil
}

// checkReferences refuses a commit after which a row refers to a missing one. Only rows near
// the written ones can.
func (s *state) checkReferences(written rowKeys) error {
	gone := rowKeys{}
	for key := range written {
		row, ok := s.row(key)
		if !ok {
			gone[key] = true
			continue
		}
		for _, named := range names(row) {
			if _, ok := s.row(named); !ok {
				return fmt.Errorf("the row %+v names %+v, which is not there", key, named)
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	for _, t := range s.rows {
		for key, row := range t.m {
			for _, named := range names(row) {
				if gone[named] {
					return fmt.Errorf("the row %+v names %+v, which is gone", key, named)
				}
			}
		}
	}
	for id := range s.secrets.m {
		if gone[directory.Credential{ID: id}.Key()] {
			return fmt.Errorf("a secret of credential %d, which is gone", id)
		}
	}
	return nil
}

// check compares derived data with the rows.
func (s *state) check(report func(string)) {
	var users, groups, named int64
	for _, u := range s.allUsers() {
		if u.User.DeletedRev == 0 {
			users++
		}
		if u.User.DeletedRev == 0 && u.IsNamed() {
			named++
		}
		if key := directory.Fold(u.Email()); s.users.m[u.User.ID].emailKey != key {
			report(fmt.Sprintf("The e-mail key of user %d is not that of its e-mail.", u.User.ID))
		}
	}
	for _, row := range s.sorted(directory.RowGroup) {
		g := row.(directory.Group)
		if g.DeletedRev == 0 {
			groups++
		}
		var members int64
		for _, m := range s.membersOf(g.ID) {
			if m.Always() {
				members++
			}
		}
		if stored := s.members.m[g.ID]; stored != members {
			report(fmt.Sprintf("The stored member count of group %d is %d, but it has %d.", g.ID, stored, members))
		}
	}
	if s.head.Users != users {
		report(fmt.Sprintf("The head counts %d users, but there are %d.", s.head.Users, users))
	}
	if s.head.Named != named {
		report(fmt.Sprintf("The head counts %d users with a login name, but there are %d.", s.head.Named, named))
	}
	if s.head.Groups != groups {
		report(fmt.Sprintf("The head counts %d groups, but there are %d.", s.head.Groups, groups))
	}
	s.checkIDs(report)
	if n := directory.Revision(len(s.records)); n != s.head.Revision {
		report(fmt.Sprintf("The head is at revision %d, but there are %d records.", s.head.Revision, n))
	}
}

// checkIDs looks for ids that would be given out again, except those that clients can choose,
// and for missing sealed values.
func (s *state) checkIDs(report func(string)) {
	n := s.head.Next
	next := map[directory.RowKind]int64{
		directory.RowRole: int64(n.Role), directory.RowPermissionSet: int64(n.PermissionSet),
		directory.RowModelSet: int64(n.ModelSet), directory.RowCredential: int64(n.Credential),
	}
	for kind, next := range next {
		for _, row := range s.sorted(kind) {
			if id := row.Key().A; id >= next {
				report(fmt.Sprintf("The next %v would get id %d, but %d is given out.", kind, next, id))
			}
		}
	}
	for _, row := range s.sorted(directory.RowGroupValue) {
		if id := row.(directory.GroupValue).ID; id >= n.Value {
			report(fmt.Sprintf("The next group value would get id %d, but %d is given out.", n.Value, id))
		}
	}
	for id := range s.sealed.m {
		if id >= n.Sealed {
			report(fmt.Sprintf("The next sealed value would get id %d, but %d is given out.", n.Sealed, id))
		}
	}
	for kind := range s.rows {
		for _, row := range s.sorted(kind) {
			if id := sealedIn(row); id != 0 {
				if _, ok := s.sealed.m[id]; !ok {
					report(fmt.Sprintf("The row %+v names sealed value %d, which is not there.", row.Key(), id))
				}
			}
		}
	}
}

// sealedIn returns the sealed value that a row refers to, or 0.
func sealedIn(row directory.Row) directory.SealedID {
	switch r := row.(type) {
	case directory.Attribute:
		return r.Default.Sealed
	case directory.GroupValue:
		return r.Value.Sealed
	case directory.UserValue:
		return r.Value.Sealed
	}
	return 0
}
