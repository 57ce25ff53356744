// Package files has the subcommands that compare directories with files and make one equal to
// the other: plan, preview, apply, diff, export.
package files

import (
	"fmt"
	"slices"
	"strings"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/desired"
)

// A PlanCmd shows what apply would change.
type PlanCmd struct {
	cli.ObjectFormat
	cli.Paged
	Files []string `arg:"" name:"file" help:"declared state, in YAML or JSON: files or folders; - is standard input"`
	planning
}

// Help returns the details of the command's help.
func (*PlanCmd) Help() string {
	return `Compares declared state with the directory and shows what would be created (+), changed (~), removed (-, with --prune) and adopted (=), and whose values would change.

The exit status is 0 if there is nothing to do, and 4 if there is. The fingerprint identifies exactly these edits: apply --expect refuses any others.

Examples:

  cohort plan directory/
  cohort plan directory/ --prune --json
  cohort plan directory.yaml --data /var/lib/cohort`
}

// Run asks the server.
func (c *PlanCmd) Run(v *cli.Invocation) (err error) {
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
	if err := plan.Err(); err != nil {
		return cli.Refused(err)
	}
	report, err := reportOf(plan)
	if err != nil {
		return err
	}
	preview, err := foresee(v, server, plan)
	if err != nil {
		return err
	}
	if preview != nil {
		report.Affected = &affected{Users: preview.Affected.Enabled + preview.Affected.Disabled, Groups: preview.Groups}
	}
	switch {
	case c.ForPrograms():
		err = v.WriteObject(c.Format(), report)
	case plan.Len() == 0:
		fmt.Fprintln(v.Stdout, "Nothing to do: the directory is as the files say.")
	default:
		showItems(v, report.Changes)
		showAffected(v, preview, plan.Len())
		showGuard(v, plan, c.AllowRemovals)
		fmt.Fprintf(v.Stdout, "\nTo do exactly this:\n\n  cohort apply %s --expect %s\n", applied(c.Files, &c.planning),
			report.Fingerprint)
	}
	if err == nil && plan.Len() > 0 {
		err = cli.ErrDiffers
	}
	return err
}

// showGuard warns that apply would stop at the removal guard.
func showGuard(v *cli.Invocation, p *desired.Plan, allowed int) {
	if err := job.CheckRemovals(p, allowed); err != nil {
		fmt.Fprintf(v.Stdout, "! %s\n", err)
	}
}

// applied are the arguments of apply for the files and flags of a plan.
func applied(files []string, p *planning) string {
	parts := slices.Clone(files)
	for _, flag := range []struct {
		OptionalText bool
		text         string
	}{
		{p.Set != "", "--set " + p.Set}, {p.Prune, "--prune"}, {p.Secrets, "--secrets"}, {p.TakeOver, "--take-over"},
		{p.Misfits != "", "--misfits " + p.Misfits},
	} {
		if flag.OptionalText {
			parts = append(parts, flag.text)
		}
	}
	return strings.Join(parts, " ")
}
