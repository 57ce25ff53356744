package cli

import (
	"fmt"
	"time"

	"cohort/client"
	"cohort/internal/screen"
)

// UserCount describes a number of users.
func UserCount(n client.Count) string {
	text := Count(n.Enabled, "user")
	if n.Disabled > 0 {
		text += fmt.Sprintf(" and %d disabled", n.Disabled)
	}
	return text
}

// AndGroupCount continues a number of users with a number of groups; empty for 0.
func AndGroupCount(n int64) string {
	if n == 0 {
		return ""
	}
	return " and " + Count(n, "group")
}

// ShowPreview shows a preview to people. file is what apply is called with.
func (v *Invocation) ShowPreview(p *client.Preview, file string) {
	if !p.Changed {
		fmt.Fprintln(v.Stdout, "Nothing would change.")
		return
	}
	who := fmt.Sprintf("%s of %s would get another value.", UserCount(p.Affected), UserCount(p.Users))
	if p.Groups > 0 {
		groups := Count(int(p.Groups), "group")
		who = fmt.Sprintf("%s of %s, and %s, would get another value.", UserCount(p.Affected), UserCount(p.Users), groups)
	}
	v.Say(v.Bold(who))
	for _, w := range p.Warnings {
		for _, line := range v.Screen.Lines("! " + Plain(w.Message)) {
			fmt.Fprintln(v.Stdout, v.Styled(screen.Yellow, line))
		}
	}
	v.ShowEffects(p)
	if p.Token != "" {
		until := ""
		if p.ExpiresAt != nil {
			until = ", until " + p.ExpiresAt.Format(time.TimeOnly+" MST")
		}
		fmt.Fprintf(v.Stdout, "\nTo do exactly this%s:\n\n  cohort apply %s --token %s\n", until, file, p.Token)
	}
}

// ShowEffects lists what a change does to each attribute, with examples.
func (v *Invocation) ShowEffects(p *client.Preview) {
	for _, a := range p.Attributes {
		fmt.Fprintf(v.Stdout, "\n%s: %s\n", v.Bold(a.Attribute), UserCount(a.Affected))
		var rows [][]string
		for _, e := range a.Values {
			rows = append(rows, []string{"  " + side(e.Before), "→", side(e.After), UserCount(e.Users)})
		}
		v.Table(rows)
		if a.Others != nil {
			fmt.Fprintf(v.Stdout, "  and other values: %s\n", UserCount(*a.Others))
		}
	}
	if len(p.Sample) > 0 {
		fmt.Fprintln(v.Stdout, "\nFor example:")
	}
	for _, s := range p.Sample {
		v.Screen.HangingIndent(v.Stdout, "  before  ", Plain(s.Before.Summary))
		v.Screen.HangingIndent(v.Stdout, "  after   ", Plain(s.After.Summary))
	}
}

func side(s client.Side) string {
	if !s.Set {
		return "(none)"
	}
	return ValueText(s.Value)
}
