package plan

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// FirstAdministrator is the first enabled user who administers the directory, or 0.
// Users who have the role directly come before those who have it through a group.
func (e *Env) FirstAdministrator(ctx context.Context, r store.Reader, s *state.State) (directory.UserID, error) {
	p := &Planner{Change: working.New(ctx, r, s, max(e.Now(), s.Head.At))}
	for role := range s.Catalog.Roles() {
		set, ok := s.Catalog.PermissionSet(role.PermissionSet)
		if !ok || !directory.PermissionsOf(set.Permissions).Has(directory.Administer) {
			continue
		}
		if found, err := p.firstHolder(role.ID); err != nil || found != 0 {
			return found, err
		}
	}
	return 0, nil
}

// firstHolder is the first enabled user who has a role for good, or 0.
func (p *Planner) firstHolder(role directory.RoleID) (directory.UserID, error) {
	first, err := p.firstEnabled(directory.RowUserRole, role.Object())
	if err != nil || first != 0 {
		return first, err
	}
	for _, group := range p.Catalog.RoleGroups(role) {
		for _, g := range append([]directory.GroupID{group}, p.Catalog.Descendants(group)...) {
			if first, err := p.firstEnabled(directory.RowMembership, g.Object()); err != nil || first != 0 {
				return first, err
			}
		}
	}
	return 0, nil
}

// firstEnabled is the first enabled user whom the rows of an object name.
func (p *Planner) firstEnabled(kind directory.RowKind, of directory.Object) (directory.UserID, error) {
	var ids []directory.UserID
	err := p.RowsOf(kind, of, func(row directory.Row) (bool, error) {
		if m, ok := row.(directory.Membership); !ok || m.ExpiresAt == 0 && m.InForce(p.At) {
			id, _ := directory.OwnerOf(row)
			ids = append(ids, id)
		}
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		u, err := p.AnyUser(id)
		if err != nil {
			return 0, err
		}
		if u.After.User.ID != 0 && u.After.User.DeletedRev == 0 && !u.After.User.Disabled {
			return id, nil
		}
	}
	return 0, nil
}
