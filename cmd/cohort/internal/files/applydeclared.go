package files

import (
	"errors"
	"fmt"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/apply"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
)

// applyDeclared brings the directory to the state that the files declare.
func (c *ApplyCmd) applyDeclared(v *cli.Invocation) (err error) {
	if c.Token != "" || c.Key != "" || c.Strict {
		return cli.WrongUsage(errors.New("--token, --strict and --key are for edits; declared state has --expect"))
	}
	state, err := readDeclared(v, c.Files, c.Set)
	if err != nil {
		return err
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	plan, err := plan(v, server, state, c.options(v))
	if err != nil {
		return err
	}
	report, err := reportOf(plan)
	if err != nil {
		return err
	}
	if err := c.check(plan, report.Fingerprint); err != nil {
		return err
	}
	done, resumed, err := c.commit(v, server, plan)
	if err != nil {
		return err
	}
	report.RequestID, report.Revision = done.RequestID, done.Revision
	switch {
	case c.ForPrograms():
		return v.WriteObject(c.Format(), report)
	case plan.Len() == 0:
		fmt.Fprintln(v.Stdout, "Nothing to do: the directory is as the files say.")
		return nil
	}
	showItems(v, report.Changes)
	if done.Changes == 1 && !resumed {
		fmt.Fprintf(v.Stdout, "Committed as revision %d. To undo it: cohort revert %d\n", done.Revision, done.Revision)
	} else {
		v.Say(fmt.Sprintf("Committed %s, up to revision %d. To undo: cohort revert --request %s",
			cli.Count(done.Changes, "change"), done.Revision, done.RequestID))
	}
	return nil
}

// check refuses a plan that cannot or must not be applied.
func (c *ApplyCmd) check(plan *desired.Plan, fingerprint string) error {
	if err := plan.Err(); err != nil {
		return cli.Refused(err)
	}
	if c.Expect != "" && c.Expect != fingerprint {
		return cli.Refused(fmt.Errorf("the directory or the files have changed: the plan is %s, not %s; run cohort "+
			"plan again", fingerprint, c.Expect))
	}
	if err := job.CheckRemovals(plan, c.AllowRemovals); err != nil {
		return err
	}
	if n := plan.Len(); n > directory.MaxEdits && !c.InParts {
		return cli.WrongUsage(fmt.Errorf("there are %d edits, and one change has at most %d: commit them in several with "+
			"--in-parts", n, directory.MaxEdits))
	}
	return nil
}

func (c *ApplyCmd) commit(v *cli.Invocation, server *client.Client,
	plan *desired.Plan) (done apply.Done, resumed bool, err error) {
	n, err := c.Begin(v, append([]string{"apply", plan.Set}, c.Files...)...)
	if err != nil {
		return done, false, err
	}
	job := apply.Job{To: reconcile.Through(server), Comment: c.Comment, RequestID: n.ID}
	if plan.Len() > directory.MaxEdits {
		m := v.Meter("committed", "edits", 0, int64(plan.Len()))
		job.Progress = func(n int) { m.Update(int64(n)) }
		defer m.Clear()
	}
	done, err = job.Run(v.Context, plan)
	return done, n.Resumed, n.End(err, done)
}
