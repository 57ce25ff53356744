// Package operate has the subcommands for operators of servers: settings, backup, restore,
// migration, verification, health, load, administrator access.
package operate

import (
	"fmt"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
)

// An AdminCmd is the group of commands for operators of a server.
type AdminCmd struct {
	Reset      adminResetCmd `cmd:"" help:"Create new credentials for an administrator, on a stopped directory."`
	AcceptTime acceptTimeCmd `cmd:"" name:"accept-time" help:"Accept the server's clock, even if it is behind the last change."`
}

// An adminResetCmd creates new credentials for an administrator.
type adminResetCmd struct {
	User         string `arg:"" optional:"" help:"an administrator by id, e-mail or name; default: the one with the lowest id"`
	RevokeOthers bool   `help:"delete the API credentials that the user has"`
	JSON         bool   `name:"json" help:"write JSON"`
	config.Storage
}

// Help returns the details of the command's help.
func (*adminResetCmd) Help() string {
	return `For the case that the secrets of all administrators are lost. A disabled user is enabled. The reset is an ordinary change in the history. No server may hold the data directory; on PostgreSQL, running nodes follow.

Examples:

  cohort admin reset --data /var/lib/cohort
  cohort admin reset ada@example.com --revoke-others`
}

// Run creates the credentials.
func (c *adminResetCmd) Run(v *cli.Invocation) error {
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	made, err := app.ResetAdministrator(v.Context, settings, app.NewLog(v.Stderr, settings),
		app.Reset{User: c.User, RevokeOthers: c.RevokeOthers})
	if err != nil {
		return err
	}
	if c.JSON {
		return v.WriteJSON(cli.Credential{User: directory.FormatID(made.User), ClientID: made.ClientID, Secret: made.Secret})
	}
	v.Say(fmt.Sprintf("User %s administers the directory, and logs in with these, which are shown once:\n",
		directory.FormatID(made.User)))
	v.ShowCredential(app.URLOf(settings), made.ClientID, made.Secret)
	return nil
}
