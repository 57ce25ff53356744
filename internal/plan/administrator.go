package plan

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/resolve"
)

// checkAdministrator refuses a change that leaves nobody who can administer
// the directory: someone enabled, with an API credential that works, and with
// no expiry anywhere on the path to the permission. It looks only if the
// change takes something away on such a path, and refuses only if there was
// somebody before.
func (p *Planner) checkAdministrator(writes []directory.RowWrite) error {
	takes, err := p.takesAdministration(writes)
	if err != nil || !takes {
		return err
	}
	if found, err := (&administration{p, p.Catalog, false}).someone(); err != nil || found {
		return err
	}
	if had, err := (&administration{p, p.Base, true}).someone(); err != nil || !had {
		return err
	}
	return directory.Forbidden(
		"no administrator would be left: someone enabled, with a credential, must stay")
}

// takesAdministration reports whether a write takes away or limits something
// on a path to the permission to administer.
func (p *Planner) takesAdministration(writes []directory.RowWrite) (bool, error) {
	for _, w := range writes {
		if w.Before == nil {
			continue
		}
		if takes, err := p.takesAdmin(w); err != nil || takes {
			return takes, err
		}
	}
	return false, nil
}

func (p *Planner) takesAdmin(w directory.RowWrite) (bool, error) {
	group := func(id directory.GroupID) bool {
		return administers(p.Base, p.Base.RolesOfGroups(id)...)
	}
	switch before := w.Before.(type) {
	case directory.User:
		after, _ := w.After.(directory.User)
		if after.ID != 0 && after.Disabled == before.Disabled && after.DeletedRev == before.DeletedRev {
			return false, nil
		}
		return p.administered(before.ID)
	case directory.Credential:
		after, ok := w.After.(directory.Credential)
		if ok && after.Disabled == before.Disabled && after.ExpiresAt == before.ExpiresAt {
			return false, nil
		}
		return p.administered(before.User)
	case directory.Membership:
		after, ok := w.After.(directory.Membership)
		return !(ok && after.Window == before.Window) && group(before.Group), nil
	case directory.Nesting:
		return w.After == nil && group(before.Parent), nil
	case directory.Group:
		after, _ := w.After.(directory.Group)
		return after.DeletedRev != before.DeletedRev && group(before.ID), nil
	case directory.UserRole:
		return w.After == nil && administers(p.Base, before.Role), nil
	case directory.GroupRole:
		return w.After == nil && administers(p.Base, before.Role), nil
	case directory.Role:
		return administers(p.Base, before.ID), nil
	case directory.PermissionSet:
		for role := range p.Base.Roles() {
			if role.PermissionSet == before.ID && administers(p.Base, role.ID) {
				return true, nil
			}
		}
	}
	return false, nil
}

// administered reports whether a user could administer before the change, at
// some time.
func (p *Planner) administered(id directory.UserID) (bool, error) {
	u, err := p.AnyUser(id)
	if err != nil {
		return false, err
	}
	return p.Base.PermissionsFrom(&u.Before, p.At).Has(directory.Administer), nil
}

// administers reports whether one of the roles lets its holders administer.
func administers(c *resolve.Catalog, roles ...directory.RoleID) bool {
	return c.PermissionsOfRoles(roles).Has(directory.Administer)
}

// An administration looks for an administrator in the state before a change,
// or in the one after it.
type administration struct {
	*Planner
	catalog *resolve.Catalog
	before  bool
}

// someone reports whether there is an administrator. The one who was found
// last is looked at first.
func (a *administration) someone() (bool, error) {
	if last := directory.UserID(a.env.lastAdmin.Load()); last != 0 {
		if found, err := a.isAdministrator(last); err != nil || found {
			return found, err
		}
	}
	for r := range a.catalog.Roles() {
		if !administers(a.catalog, r.ID) {
			continue
		}
		if found, err := a.holdsForGood(r.ID); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// isAdministrator reports whether a user can log in and administers for good.
func (a *administration) isAdministrator(id directory.UserID) (bool, error) {
	if ok, err := a.usable(id); err != nil || !ok {
		return false, err
	}
	u, err := a.rows(id)
	if err != nil {
		return false, err
	}
	groups := []directory.GroupID{}
	for _, m := range u.Memberships {
		if a.isForGood(&m) {
			groups = append(groups, m.Group)
		}
	}
	return administers(a.catalog, slices.Concat(u.Roles, a.catalog.RolesOfGroups(groups...))...), nil
}

func (a *administration) isForGood(m *directory.Membership) bool {
	return m.ExpiresAt == 0 && m.InForce(a.At)
}

func (a *administration) rows(id directory.UserID) (*directory.UserRows, error) {
	u, err := a.AnyUser(id)
	if err != nil {
		return nil, err
	}
	if a.before {
		return &u.Before, nil
	}
	return &u.After, nil
}

// holdsForGood reports whether a usable user has the role, directly or through
// groups.
func (a *administration) holdsForGood(role directory.RoleID) (bool, error) {
	found, err := a.anyUsable(directory.RowUserRole, role.Object(), func(row directory.Row) (directory.UserID, bool) {
		r, ok := row.(directory.UserRole)
		return r.User, ok
	})
	if err != nil || found {
		return found, err
	}
	for _, group := range a.catalog.RoleGroups(role) {
		for _, g := range append(a.catalog.Descendants(group), group) {
			if found, err := a.memberForGood(g); err != nil || found {
				return found, err
			}
		}
	}
	return false, nil
}

func (a *administration) memberForGood(group directory.GroupID) (bool, error) {
	return a.anyUsable(directory.RowMembership, group.Object(), func(row directory.Row) (directory.UserID, bool) {
		m, ok := row.(directory.Membership)
		return m.User, ok && a.isForGood(&m)
	})
}

// anyUsable reports whether one of the users that the rows of an object name
// can log in. It looks at few first: in most directories the first one can.
func (a *administration) anyUsable(
	kind directory.RowKind, of directory.Object, user func(directory.Row) (directory.UserID, bool),
) (bool, error) {
	for from, to := 0, 16; ; from, to = to, 8*to {
		var some []directory.UserID
		seen := 0
		err := a.eachRow(kind, of, func(row directory.Row) (bool, error) {
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
			ok, err := a.usable(id)
			if ok {
				a.env.lastAdmin.Store(int64(id))
			}
			if err != nil || ok {
				return ok, err
			}
		}
		if seen < to {
			return false, nil
		}
	}
}

func (a *administration) eachRow(kind directory.RowKind, of directory.Object,
	f func(directory.Row) (bool, error)) error {
	if !a.before {
		return a.RowsOf(kind, of, f)
	}
	return a.StoredRowsOf(kind, of, f)
}

// usable reports whether a user can log in with what the server accepts: an
// API credential that is enabled, has a secret and does not end.
func (a *administration) usable(id directory.UserID) (bool, error) {
	u, err := a.rows(id)
	if err != nil {
		return false, err
	}
	if u.User.ID == 0 || u.User.DeletedRev != 0 || u.User.Disabled {
		return false, nil
	}
	for _, c := range u.Credentials {
		if c.Kind != directory.CredentialAPI || c.Disabled || c.ExpiresAt != 0 {
			continue
		}
		if ok, err := a.HasSecret(c.ID); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}
