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
func (p *planner) holdsForGood(role directory.RoleID) (found bool, err error) {
	err = p.rowsOf(directory.RowUserRole, role.Object(), func(row directory.Row) (bool, error) {
		if r, ok := row.(directory.UserRole); ok {
			found, err = p.usable(r.User)
		}
		return !found, err
	})
	if err != nil || found {
		return found, err
	}
	for _, group := range p.catalog.RoleGroups(role) {
		if found, err := p.memberForGood(group); err != nil || found {
			return found, err
		}
		for _, below := range p.catalog.Descendants(group) {
			if found, err := p.memberForGood(below); err != nil || found {
				return found, err
			}
		}
	}
	return false, nil
}

func (p *planner) memberForGood(group directory.GroupID) (found bool, err error) {
	err = p.rowsOf(directory.RowMembership, group.Object(), func(row directory.Row) (bool, error) {
		if m, ok := row.(directory.Membership); ok && m.ExpiresAt == 0 && m.InForce(p.at) {
			found, err = p.usable(m.User)
		}
		return !found, err
	})
	return found, err
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
