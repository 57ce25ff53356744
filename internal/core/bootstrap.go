package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// An Administrator is what Bootstrap made.
type Administrator struct {
	User     directory.UserID
	ClientID string
	Secret   string
}

// Bootstrap makes the first administrator, with API credentials, in a
// directory that has no user. After an import it makes them for the first user
// who administers the directory, as no secrets were imported, and a user only
// if there is none. An empty client id or secret is chosen at random. ok is
// false, and nothing is made, in every other directory.
func (c *Core) Bootstrap(ctx context.Context, clientID, secret string) (admin Administrator, ok bool, err error) {
	head := c.Head()
	b, imported, err := c.lastBaseline(ctx, head)
	if err != nil || (head.Next.User > 1 || head.Users > 0) && !(imported && b.Done) {
		return Administrator{}, false, err
	}
	if imported {
		if admin.User, err = c.firstAdministrator(ctx); err != nil {
			return Administrator{}, false, err
		}
	}
	var edits []directory.Edit
	user := admin.User
	if user == 0 {
		user = directory.Made[directory.UserID](0)
		edits = []directory.Edit{
			directory.CreateUser{FirstName: "Admin", LastName: "Cohort", ContactEmail: c.opt.AdminEmail},
			directory.SetUserRoles{User: user, Roles: []directory.RoleID{directory.AdminRole}},
		}
	}
	edits = append(edits, directory.CreateAPICredential{User: user, ClientID: clientID, Secret: secret})
	attempt := c.inTurn(ctx, directory.System("setup"), func(now *Turn) (directory.Change, error) {
		is := now.State.Head
		if next := is.Next; is.Users != head.Users || next.User != head.Next.User || next.Credential != head.Next.Credential {
			return directory.Change{}, nil // another process was first
		}
		return directory.Change{Edits: edits}, nil
	})
	done := attempt.Committed
	if err := attempt.Err; err != nil || !done.Changed {
		return Administrator{}, false, err
	}
	made := done.Results[len(edits)-1]
	if admin.User == 0 {
		admin.User = directory.UserID(done.Results[0].ID)
	}
	admin.ClientID, admin.Secret = made.ClientID, made.Secret
	return admin, true, nil
}

// firstAdministrator is the first enabled user who administers the directory,
// or 0. Whoever has the role directly comes before those who have it through
// a group.
func (c *Core) firstAdministrator(ctx context.Context) (found directory.UserID, err error) {
	err = c.store.Read(ctx, func(r store.Reader) error {
		s := c.published.Get()
		p := &planner{working: newWorking(ctx, r, s, max(c.Now(), s.Head.At)), core: c}
		for role := range s.Catalog.Roles() {
			set, ok := s.Catalog.PermissionSet(role.PermissionSet)
			if !ok || !directory.PermissionsOf(set.Permissions).Has(directory.Administer) {
				continue
			}
			if found, err = p.firstHolder(role.ID); err != nil || found != 0 {
				return err
			}
		}
		return nil
	})
	return found, err
}

// firstHolder is the first enabled user who has a role for good, or 0.
func (p *planner) firstHolder(role directory.RoleID) (directory.UserID, error) {
	first, err := p.firstEnabled(directory.RowUserRole, role.Object())
	if err != nil || first != 0 {
		return first, err
	}
	for _, group := range p.catalog.RoleGroups(role) {
		for _, g := range append([]directory.GroupID{group}, p.catalog.Descendants(group)...) {
			if first, err := p.firstEnabled(directory.RowMembership, g.Object()); err != nil || first != 0 {
				return first, err
			}
		}
	}
	return 0, nil
}

// firstEnabled is the first enabled user whom the rows of an object name.
func (p *planner) firstEnabled(kind directory.RowKind, of directory.Object) (directory.UserID, error) {
	var ids []directory.UserID
	err := p.rowsOf(kind, of, func(row directory.Row) (bool, error) {
		if m, ok := row.(directory.Membership); !ok || m.ExpiresAt == 0 && m.InForce(p.at) {
			id, _ := OwnerOf(row)
			ids = append(ids, id)
		}
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		u, err := p.anyUser(id)
		if err != nil {
			return 0, err
		}
		if u.after.User.ID != 0 && u.after.User.DeletedRev == 0 && !u.after.User.Disabled {
			return id, nil
		}
	}
	return 0, nil
}

// FirstAdministrator is the first enabled user who administers the directory;
// whoever has the role directly comes before those who have it through a group.
func (c *Core) FirstAdministrator(ctx context.Context) (directory.UserID, error) {
	id, err := c.firstAdministrator(ctx)
	if err == nil && id == 0 {
		err = &directory.Error{Kind: directory.KindNotFound, Msg: "nobody administers the directory"}
	}
	return id, err
}
