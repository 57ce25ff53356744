package core

import (
	"cohort/internal/directory"
)

// requireAdministrator refuses a change that leaves nobody who can administer
// the directory: someone enabled, with a usable credential, and with no
// expiry anywhere on the path to the role.
func (p *planner) requireAdministrator() error {
	for r := range p.catalog.Roles() {
		set, ok := p.catalog.PermissionSet(r.PermissionSet)
		if !ok || !directory.PermissionsOf(set.Permissions).Has(directory.Administer) {
			continue
		}
		if found, err := p.holdsForGood(r.ID); err != nil || found {
			return err
		}
	}
	return directory.Forbidden("no administrator would be left: someone enabled, with a credential, must stay")
}

// holdsForGood reports whether a usable user has the role, directly or through
// groups.
func (p *planner) holdsForGood(role directory.RoleID) (bool, error) {
	found, err := p.anyUsable(directory.RowUserRole, role.Object(), func(row directory.Row) (directory.UserID, bool) {
		r, ok := row.(directory.UserRole)
		return r.User, ok
	})
	if err != nil || found {
		return found, err
	}
	for _, group := range p.catalog.RoleGroups(role) {
		for _, g := range append(p.catalog.Descendants(group), group) {
			if found, err := p.memberForGood(g); err != nil || found {
				return found, err
			}
		}
	}
	return false, nil
}

func (p *planner) memberForGood(group directory.GroupID) (bool, error) {
	return p.anyUsable(directory.RowMembership, group.Object(), func(row directory.Row) (directory.UserID, bool) {
		m, ok := row.(directory.Membership)
		return m.User, ok && m.ExpiresAt == 0 && m.InForce(p.at)
	})
}

// anyUsable reports whether one of the users that the rows of an object name
// can log in. It looks at few first: in most directories the first one can.
func (p *planner) anyUsable(
	kind directory.RowKind, of directory.Object, user func(directory.Row) (directory.UserID, bool),
) (bool, error) {
	for from, to := 0, 16; ; from, to = to, 8*to {
		var some []directory.UserID
		seen := 0
		err := p.rowsOf(kind, of, func(row directory.Row) (bool, error) {
			if id, ok := user(row); ok {
				if seen++; seen > from {
					some = append(some, id)
				}
			}
			return seen < to, nil
		})
		if err != nil {
			return false, err
		}
		for _, id := range some {
			if ok, err := p.usable(id); err != nil || ok {
				return ok, err
			}
		}
		if seen < to {
			return false, nil
		}
	}
}

// usable reports whether a user can log in.
func (p *planner) usable(id directory.UserID) (bool, error) {
	u, err := p.anyUser(id)
	if err != nil {
		return false, err
	}
	if u.after.User.ID == 0 || u.after.User.DeletedRev != 0 || u.after.User.Disabled {
		return false, nil
	}
	for _, c := range u.after.Credentials {
		if !c.Disabled {
			return true, nil
		}
	}
	return false, nil
}
