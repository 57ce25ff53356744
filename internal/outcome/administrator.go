package outcome

import (
	"context"
	"slices"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// Administrator refuses a change that leaves nobody who can administer
// the directory: someone enabled, with an API credential that works, and with
// no expiry anywhere on the path to the permission. It looks only if the
// change takes something away on such a path, and refuses only if there was
// somebody before.
func (c *Check) Administrator(writes []directory.RowWrite) error {
	takes, err := c.takesAdministration(writes)
	if err != nil || !takes {
		return err
	}
	if found, err := c.administration(false).someone(); err != nil || found {
		return err
	}
	if had, err := c.administration(true).someone(); err != nil || !had {
		return err
	}
	return directory.Forbidden(
		"no administrator would be left: someone enabled, with a credential, must stay")
}

// takesAdministration reports whether a write takes away or limits something
// on a path to the permission to administer.
func (c *Check) takesAdministration(writes []directory.RowWrite) (bool, error) {
	for _, w := range writes {
		if w.Before == nil {
			continue
		}
		if takes, err := c.takesAdmin(w); err != nil || takes {
			return takes, err
		}
	}
	return false, nil
}

func (c *Check) takesAdmin(w directory.RowWrite) (bool, error) {
	group := func(id directory.GroupID) bool {
		return Administers(c.Base, c.Base.RolesOfGroups(id)...)
	}
	switch before := w.Before.(type) {
	case directory.User:
		after, _ := w.After.(directory.User)
		if after.ID != 0 && after.Disabled == before.Disabled && after.DeletedRev == before.DeletedRev {
			return false, nil
		}
		return c.Administered(before.ID)
	case directory.Credential:
		after, ok := w.After.(directory.Credential)
		if ok && after.Disabled == before.Disabled && after.ExpiresAt == before.ExpiresAt {
			return false, nil
		}
		return c.Administered(before.User)
	case directory.Membership:
		after, ok := w.After.(directory.Membership)
		return !(ok && after.Window == before.Window) && group(before.Group), nil
	case directory.Nesting:
		return w.After == nil && group(before.Parent), nil
	case directory.Group:
		after, _ := w.After.(directory.Group)
		return after.DeletedRev != before.DeletedRev && group(before.ID), nil
	case directory.UserRole:
		return w.After == nil && Administers(c.Base, before.Role), nil
	case directory.GroupRole:
		return w.After == nil && Administers(c.Base, before.Role), nil
	case directory.Role:
		return Administers(c.Base, before.ID), nil
	case directory.PermissionSet:
		for role := range c.Base.Roles() {
			if role.PermissionSet == before.ID && Administers(c.Base, role.ID) {
				return true, nil
			}
		}
	}
	return false, nil
}

// Administered reports whether a user could administer before the change, at
// some time.
func (c *Check) Administered(id directory.UserID) (bool, error) {
	u, err := c.AnyUser(id)
	if err != nil {
		return false, err
	}
	return c.Base.PermissionsFrom(&u.Before, c.At).Has(directory.Administer), nil
}

// Administers reports whether one of the roles lets its holders administer.
func Administers(c *resolve.Catalog, roles ...directory.RoleID) bool {
	return c.PermissionsOfRoles(roles).Has(directory.Administer)
}

// An administration looks for an administrator in the state before a change,
// or in the one after it.
type administration struct {
	*working.Change
	catalog *resolve.Catalog
	before  bool
	last    *atomic.Int64 // the one who was found last
	can     func(*directory.UserRows) (bool, error)
}

// administration looks for somebody who can log in with what the server accepts.
func (c *Check) administration(before bool) *administration {
	a := &administration{Change: c.Change, catalog: c.Catalog, before: before, last: c.LastAdmin, can: c.canLogIn}
	if before {
		a.catalog = c.Base
	}
	return a
}

// FirstAdministrator is the first enabled user who administers the directory, or 0.
// Users who have the role directly come before those who have it through a group.
func FirstAdministrator(
	ctx context.Context, r store.Reader, s *state.State, at directory.Instant,
) (directory.UserID, error) {
	w := working.New(ctx, r, s, at)
	enabled := func(*directory.UserRows) (bool, error) { return true, nil }
	return (&administration{Change: w, catalog: w.Catalog, can: enabled}).first()
}

// someone reports whether there is an administrator. The one who was found
// last is looked at first.
func (a *administration) someone() (bool, error) {
	if last := directory.UserID(a.last.Load()); last != 0 {
		if found, err := a.isAdministrator(last); err != nil || found {
			return found, err
		}
	}
	id, err := a.first()
	if id != 0 {
		a.last.Store(int64(id))
	}
	return id != 0, err
}

// first is the first administrator, or 0.
func (a *administration) first() (directory.UserID, error) {
	for r := range a.catalog.Roles() {
		if !Administers(a.catalog, r.ID) {
			continue
		}
		if id, err := a.holder(r.ID); err != nil || id != 0 {
			return id, err
		}
	}
	return 0, nil
}

// isAdministrator reports whether a user is usable and administers for good.
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
	return Administers(a.catalog, slices.Concat(u.Roles, a.catalog.RolesOfGroups(groups...))...), nil
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

// holder is a usable user who has the role for good, directly or through groups, or 0.
func (a *administration) holder(role directory.RoleID) (directory.UserID, error) {
	id, err := a.firstUsable(directory.RowUserRole, role.Object())
	if err != nil || id != 0 {
		return id, err
	}
	for _, group := range a.catalog.RoleGroups(role) {
		for _, g := range append([]directory.GroupID{group}, a.catalog.Descendants(group)...) {
			if id, err := a.firstUsable(directory.RowMembership, g.Object()); err != nil || id != 0 {
				return id, err
			}
		}
	}
	return 0, nil
}

// firstUsable is the first usable user whom the rows of an object name for good, or
// 0. It looks at few rows first: in most directories the first user is usable.
func (a *administration) firstUsable(kind directory.RowKind, of directory.Object) (directory.UserID, error) {
	for from, to := 0, 16; ; from, to = to, 8*to {
		var some []directory.UserID
		seen := 0
		err := a.eachRow(kind, of, func(row directory.Row) (bool, error) {
			id, ok := directory.OwnerOf(row)
			if m, is := row.(directory.Membership); ok && (!is || a.isForGood(&m)) {
				if seen++; seen > from {
					some = append(some, id)
				}
			}
			return seen < to, nil
		})
		if err != nil {
			return 0, err
		}
		for _, id := range some {
			if ok, err := a.usable(id); err != nil || ok {
				return id, err
			}
		}
		if seen < to {
			return 0, nil
		}
	}
}

func (a *administration) eachRow(kind directory.RowKind, of directory.Object,
	f func(directory.Row) (bool, error)) error {
	if a.before {
		return a.StoredRowsOf(kind, of, f)
	}
	return a.RowsOf(kind, of, f)
}

// usable reports whether a user is enabled and can do what is asked for.
func (a *administration) usable(id directory.UserID) (bool, error) {
	u, err := a.rows(id)
	if err != nil || u.User.ID == 0 || u.User.DeletedRev != 0 || u.User.Disabled {
		return false, err
	}
	return a.can(u)
}

// canLogIn reports whether a user has what the server accepts: an API credential
// that is enabled, has a secret and does not end.
func (c *Check) canLogIn(u *directory.UserRows) (bool, error) {
	for _, credential := range u.Credentials {
		if credential.Kind != directory.CredentialAPI || credential.Disabled || credential.ExpiresAt != 0 {
			continue
		}
		if ok, err := c.HasSecret(credential.ID); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}
