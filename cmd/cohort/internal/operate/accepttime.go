package operate

import (
	"cohort/cmd/cohort/internal/cli"
)

// An acceptTimeCmd makes the server accept its clock.
type acceptTimeCmd struct{ cli.ObjectFormat }

// Help returns the details of the command's help.
func (*acceptTimeCmd) Help() string {
	return `Changes wait while the server's clock is more than a minute behind the last change, and for one minute after it has jumped ahead by more than a minute. As an administrator, this makes the running server date changes by its current clock. Check the clock first: a change that is dated in the future moves the dates of all later ones.

Example:

  cohort admin accept-time`
}

// Run asks the server.
func (c *acceptTimeCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	now, err := server.AcceptTime(v.Context)
	if err != nil {
		return err
	}
	if c.JSON {
		return v.WriteJSON(map[string]string{"time": now})
	}
	v.Say("changes are dated by the clock of the server, which says " + cli.Plain(now))
	return nil
}
