package main

// An acceptTimeCmd says that the clock of the server is right.
type acceptTimeCmd struct{ remote }

// Help is the rest of the command's help.
func (*acceptTimeCmd) Help() string {
	return `Changes wait while the clock of a server is more than a minute behind the last change, and for a minute after it has gone ahead by more than a minute. This asks the running server, as an administrator, to date changes by its clock as it is. Look at the clock first: a change that is dated in the future dates all later ones.

Example:

  cohort admin accept-time`
}

// Run asks the server.
func (c *acceptTimeCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	now, err := server.AcceptTime(v.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return v.json(map[string]string{"time": now})
	}
	v.say("changes are dated by the clock of the server, which says " + plain(now))
	return nil
}
