package main

import (
	"errors"

	"cohort/client"
)

// A revertCmd undoes changes.
type revertCmd struct {
	asking
	Revision int64  `arg:"" optional:"" help:"the change to undo"`
	Request  string `help:"undo all changes of this request id, in one" placeholder:"ID"`
	Caller   string `help:"whose changes, where several callers have used the request id: a user's id, or system" placeholder:"ID"`
	Comment  string `help:"why, for the history" placeholder:"TEXT"`
}

// Help is the rest of the command's help.
func (*revertCmd) Help() string {
	return `What was undone is a change of its own, and can be undone too. Secrets do not come back. If something stands in the way, nothing is changed and it is named.

Examples:

  cohort revert 4711 --comment "wrong region"
  cohort revert --request 5f2c`
}

// Run asks the server.
func (c *revertCmd) Run(v *invocation) error {
	if (c.Revision == 0) == (c.Request == "") {
		return usageError{errors.New("say which revision to undo, or which request")}
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	var done client.Committed
	if c.Request != "" {
		done, err = server.RevertRequestOf(v.ctx, c.Request, c.Caller, c.Comment)
	} else {
		done, err = server.Revert(v.ctx, c.Revision, c.Comment)
	}
	if err != nil {
		return err
	}
	if c.forPrograms() {
		return v.object(c.format(), done)
	}
	v.committed(&done)
	return nil
}
