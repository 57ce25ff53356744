package main

import (
	"fmt"
	"time"

	"cohort/client"
	"cohort/internal/screen"
)

// A previewCmd shows what a change would do.
type previewCmd struct {
	asking
	File string `arg:"" help:"edits as JSON; - is standard input"`
}

// Help is the rest of the command's help.
func (*previewCmd) Help() string {
	return `The file holds {"edits":[…]}, or the list alone. An edit is an object such as

  {"edit":"set_group_value","group":"12","attribute":"region","value":"emea"}

Nothing is changed. The token that is shown commits what was previewed, with apply.

Examples:

  cohort preview edits.json
  echo '[{"edit":"delete_group","group":"12"}]' | cohort preview - --json`
}

// Run asks the server.
func (c *previewCmd) Run(v *invocation) error {
	change, err := v.readChange(c.File)
	if err != nil {
		return err
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	p, err := server.Preview(v.ctx, change)
	if err != nil {
		return err
	}
	if c.forPrograms() {
		return v.object(c.format(), p)
	}
	v.preview(&p, c.File)
	return nil
}

// users says how many users a count is.
func users(n client.Count) string {
	text := fmt.Sprintf("%d users", n.Enabled)
	if n.Enabled == 1 {
		text = "1 user"
	}
	if n.Disabled > 0 {
		text += fmt.Sprintf(" and %d disabled", n.Disabled)
	}
	return text
}

// preview shows a preview to people.
func (v *invocation) preview(p *client.Preview, file string) {
	if !p.Changed {
		fmt.Fprintln(v.out, "Nothing would change.")
		return
	}
	fmt.Fprintln(v.out, v.bold(fmt.Sprintf("%s of %s would get another value.", users(p.Affected), users(p.Users))))
	for _, w := range p.Warnings {
		fmt.Fprintln(v.out, v.styled(screen.Yellow, "! "+plain(w.Message)))
	}
	for _, a := range p.Attributes {
		fmt.Fprintf(v.out, "\n%s: %s\n", v.bold(a.Attribute), users(a.Affected))
		var rows [][]string
		for _, e := range a.Values {
			rows = append(rows, []string{"  " + side(e.Before), "→", side(e.After), users(e.Users)})
		}
		v.table(rows)
		if a.Others != nil {
			fmt.Fprintf(v.out, "  and other values: %s\n", users(*a.Others))
		}
	}
	if len(p.Sample) > 0 {
		fmt.Fprintln(v.out, "\nFor example:")
	}
	for _, s := range p.Sample {
		fmt.Fprintf(v.out, "  before  %s\n  after   %s\n", plain(s.Before.Summary), plain(s.After.Summary))
	}
	if p.Token != "" {
		until := ""
		if p.ExpiresAt != nil {
			until = ", until " + p.ExpiresAt.Format(time.TimeOnly+" MST")
		}
		fmt.Fprintf(v.out, "\nTo do exactly this%s:\n\n  cohort apply %s --token %s\n", until, file, p.Token)
	}
}

func side(s client.Side) string {
	if !s.Set {
		return "(none)"
	}
	return shown(s.Value)
}
