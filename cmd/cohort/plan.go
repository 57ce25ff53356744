package main

import (
	"fmt"
	"slices"
	"strings"

	"cohort/internal/desired"
)

// A planCmd shows what apply would do.
type planCmd struct {
	remote
	paged
	Files []string `arg:"" name:"file" help:"declared state, in YAML or JSON: files or folders; - is standard input"`
	planning
}

// Help returns the details of the command's help.
func (*planCmd) Help() string {
	return `Compares declared state with the directory and shows what would be created (+), changed (~), removed (-, with --prune) and adopted (=), and whose values would change.

The exit status is 0 if there is nothing to do, and 4 if there is. The fingerprint identifies exactly these edits: apply --expect refuses any others.

Examples:

  cohort plan directory/
  cohort plan directory/ --prune --json
  cohort plan directory.yaml --data /var/lib/cohort`
}

// Run asks the server.
func (c *planCmd) Run(v *invocation) (err error) {
	state, err := v.readDeclared(c.Files, c.Set)
	if err != nil {
		return err
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	plan, err := v.plan(server, state, c.options(v))
	if err != nil {
		return err
	}
	if err := plan.Err(); err != nil {
		return refusedError{err}
	}
	report, err := reportOf(plan)
	if err != nil {
		return err
	}
	preview, err := v.foresee(server, plan)
	if err != nil {
		return err
	}
	if preview != nil {
		report.Affected = &affected{Users: preview.Affected.Enabled + preview.Affected.Disabled, Groups: preview.Groups}
	}
	switch {
	case c.forPrograms():
		err = v.object(c.format(), report)
	case plan.Len() == 0:
		fmt.Fprintln(v.out, "Nothing to do: the directory is as the files say.")
	default:
		v.showItems(report.Changes)
		v.showAffected(preview, plan.Len())
		v.showGuard(plan, c.AllowRemovals)
		fmt.Fprintf(v.out, "\nTo do exactly this:\n\n  cohort apply %s --expect %s\n", applied(c.Files, &c.planning),
			report.Fingerprint)
	}
	if err == nil && plan.Len() > 0 {
		err = errDiffers
	}
	return err
}

// showGuard says that apply would stop.
func (v *invocation) showGuard(p *desired.Plan, allowed int) {
	if err := guarded(p, allowed); err != nil {
		fmt.Fprintf(v.out, "! %s\n", err)
	}
}

// applied is how the files and flags of a plan are given to apply.
func applied(files []string, p *planning) string {
	parts := slices.Clone(files)
	for _, flag := range []struct {
		given bool
		text  string
	}{
		{p.Set != "", "--set " + p.Set}, {p.Prune, "--prune"}, {p.Secrets, "--secrets"}, {p.TakeOver, "--take-over"},
		{p.Misfits != "", "--misfits " + p.Misfits},
	} {
		if flag.given {
			parts = append(parts, flag.text)
		}
	}
	return strings.Join(parts, " ")
}
