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

// Help returns the details of the command's help.
func (*previewCmd) Help() string {
	return `The file contains {"edits":[…]}, or the list alone. An edit is an object such as

  {"edit":"set_group_value","group":"12","attribute":"region","value":"emea"}

Nothing is changed. To commit what was previewed, pass the token that is shown to cohort apply.

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

// andGroups says how many groups there are, after a number of users; nothing if there
// are none.
func andGroups(n int64) string {
	if n == 0 {
		return ""
	}
	return " and " + counted(int(n), "group")
}

// preview shows a preview to people.
func (v *invocation) preview(p *client.Preview, file string) {
	if !p.Changed {
		fmt.Fprintln(v.out, "Nothing would change.")
		return
	}
	who := fmt.Sprintf("%s of %s would get another value.", users(p.Affected), users(p.Users))
	if p.Groups > 0 {
		groups := counted(int(p.Groups), "group")
		who = fmt.Sprintf("%s of %s, and %s, would get another value.", users(p.Affected), users(p.Users), groups)
	}
	v.say(v.bold(who))
	for _, w := range p.Warnings {
		for _, line := range v.screen.Lines("! " + plain(w.Message)) {
			fmt.Fprintln(v.out, v.styled(screen.Yellow, line))
		}
	}
	v.effects(p)
	if p.Token != "" {
		until := ""
		if p.ExpiresAt != nil {
			until = ", until " + p.ExpiresAt.Format(time.TimeOnly+" MST")
		}
		fmt.Fprintf(v.out, "\nTo do exactly this%s:\n\n  cohort apply %s --token %s\n", until, file, p.Token)
	}
}

// effects lists what a change does to each attribute, and for whom for example.
func (v *invocation) effects(p *client.Preview) {
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
		v.screen.HangingIndent(v.out, "  before  ", plain(s.Before.Summary))
		v.screen.HangingIndent(v.out, "  after   ", plain(s.After.Summary))
	}
}

func side(s client.Side) string {
	if !s.Set {
		return "(none)"
	}
	return shown(s.Value)
}
