package main

import (
	"errors"
	"net/http"
	"strconv"

	"cohort/client"
)

// A revertCmd undoes changes.
type revertCmd struct {
	asking
	Revision int64  `arg:"" optional:"" help:"the change to undo"`
	Request  string `help:"undo all changes of this request id, in one" placeholder:"ID"`
	Caller   string `help:"whose changes, where several callers have used the request id: a user's id, or system" placeholder:"ID"`
	Comment  string `help:"why, for the history" placeholder:"TEXT"`
	Preview  bool   `help:"only show whose values would change"`
}

// Help returns the details of the command's help.
func (*revertCmd) Help() string {
	return `The revert is a change of its own, and can be undone, too. Secrets are not restored. If something prevents it, nothing is changed and the reason is shown.

Examples:

  cohort revert 4711 --comment "wrong region"
  cohort revert --request 5f2c --preview`
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
	if c.Preview {
		return c.preview(v, server)
	}
	var done client.Committed
	if c.Request != "" {
		if done, err = server.RevertRequestOf(v.ctx, c.Request, c.Caller, c.Comment); err == nil {
			err = v.forgetJob(c.Request)
		}
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

// preview shows what the revert would do.
func (c *revertCmd) preview(v *invocation, server *client.Client) error {
	path, body := "/v1/changes/"+strconv.FormatInt(c.Revision, 10)+"/revert", map[string]string{}
	if c.Request != "" {
		path, body["request_id"] = "/v1/changes/revert", c.Request
		if c.Caller != "" {
			body["caller"] = c.Caller
		}
	}
	var p client.Preview
	if err := server.Do(v.ctx, http.MethodPost, path, nil, http.Header{"Cohort-Preview": {"true"}}, body, &p); err != nil {
		return err
	}
	if c.forPrograms() {
		return v.object(c.format(), p)
	}
	p.Token = "" // the same command without --preview does it
	v.preview(&p, "")
	return nil
}
