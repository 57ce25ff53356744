package changes

import (
	"errors"
	"net/http"
	"strconv"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
)

// A RevertCmd undoes changes.
type RevertCmd struct {
	cli.ReadFlags
	Revision int64  `arg:"" optional:"" help:"the change to undo"`
	Request  string `help:"undo all changes of this request id, in one" placeholder:"ID"`
	Caller   string `help:"whose changes, where several callers have used the request id: a user's id, or system" placeholder:"ID"`
	Comment  string `help:"why, for the history" placeholder:"TEXT"`
	Preview  bool   `help:"only show whose values would change"`
}

// Help returns the details of the command's help.
func (*RevertCmd) Help() string {
	return `The revert is a change of its own, and can be undone, too. Secrets are not restored. If something prevents it, nothing is changed and the reason is shown.

Examples:

  cohort revert 4711 --comment "wrong region"
  cohort revert --request 5f2c --preview`
}

// Run asks the server.
func (c *RevertCmd) Run(v *cli.Invocation) error {
	if (c.Revision == 0) == (c.Request == "") {
		return cli.WrongUsage(errors.New("say which revision to undo, or which request"))
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	if c.Preview {
		return c.preview(v, server)
	}
	var done client.Committed
	if c.Request != "" {
		if done, err = server.RevertRequestOf(v.Context, c.Request, c.Caller, c.Comment); err == nil {
			err = job.Forget(v, c.Request)
		}
	} else {
		done, err = server.Revert(v.Context, c.Revision, c.Comment)
	}
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), done)
	}
	v.ShowCommitted(&done)
	return nil
}

// preview shows what the revert would change.
func (c *RevertCmd) preview(v *cli.Invocation, server *client.Client) error {
	path, body := "/v1/changes/"+strconv.FormatInt(c.Revision, 10)+"/revert", map[string]string{}
	if c.Request != "" {
		path, body["request_id"] = "/v1/changes/revert", c.Request
		if c.Caller != "" {
			body["caller"] = c.Caller
		}
	}
	var p client.Preview
	if err := server.Do(v.Context, http.MethodPost, path, nil, http.Header{"Cohort-Preview": {"true"}}, body,
		&p); err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), p)
	}
	p.Token = "" // the same command without --preview does it
	v.ShowPreview(&p, "")
	return nil
}
