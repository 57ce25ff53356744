package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/outcome"
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

// firstAdministrator is the first enabled user who administers the directory, or 0.
// Users who have the role directly come before those who have it through a group.
func (c *Core) firstAdministrator(ctx context.Context) (found directory.UserID, err error) {
	err = c.store.Read(ctx, func(r store.Reader) error {
		s := c.published.Get()
		found, err = outcome.FirstAdministrator(ctx, r, s, max(c.Now(), s.Head.At))
		return err
	})
	return found, err
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
