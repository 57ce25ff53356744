package core

import (
	"context"

	"cohort/internal/directory"
)

// An Administrator is what Bootstrap made.
type Administrator struct {
	User     directory.UserID
	ClientID string
	Secret   string
}

// Bootstrap makes the first administrator, with API credentials, in a
// directory that has no user. An empty client id or secret is chosen at
// random. ok is false, and nothing is made, if there are users already.
func (c *Core) Bootstrap(ctx context.Context, clientID, secret string) (admin Administrator, ok bool, err error) {
	if c.Head().Next.User > 1 {
		return Administrator{}, false, nil
	}
	user := directory.Made[directory.UserID](0)
	done, err := c.commit(ctx, directory.System("setup"), directory.Change{Edits: []directory.Edit{
		directory.CreateUser{FirstName: "Admin", LastName: "Cohort"},
		directory.SetUserRoles{User: user, Roles: []directory.RoleID{directory.AdminRole}},
		directory.CreateAPICredential{User: user, ClientID: clientID, Secret: secret},
	}})
	if err != nil {
		return Administrator{}, false, err
	}
	admin.User = directory.UserID(done.Results[0].ID)
	admin.Secret = done.Results[2].Secret
	rows, _, _, err := c.users.get(ctx, admin.User)
	if err != nil {
		return Administrator{}, false, err
	}
	credential, _ := rows.Credential(directory.CredentialAPI)
	admin.ClientID = credential.Identifier
	return admin, true, nil
}
