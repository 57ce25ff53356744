package main

import (
	"fmt"
	"strconv"

	"cohort/client"
)

// An explainCmd shows why a user has a value.
type explainCmd struct {
	remote
	moment
	User      string `arg:"" help:"an id, email:ada@example.com or source:erp/4711"`
	Attribute string `arg:"" help:"an id or a name"`
}

// Help is the rest of the command's help.
func (*explainCmd) Help() string {
	return `It shows the value, the rule, and everything that could have been the answer with the reason why it is not.

Examples:

  cohort explain email:ada@example.com region
  cohort explain 7 region --at 2026-01-31T12:00:00Z --json`
}

// Run asks the server.
func (c *explainCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	x, err := server.Explain(v.ctx, c.User, c.Attribute, c.point())
	if err != nil {
		return err
	}
	if c.JSON {
		return v.json(x)
	}
	v.explanation(&x)
	return nil
}

// explanation shows an explanation to people.
func (t terminal) explanation(x *client.Explanation) {
	fmt.Fprintf(t.out, "%s\n\n", t.bold(plain(x.Summary)))
	t.table([][]string{
		{"value", shown(x.Value.Value)},
		{"rule", x.Rule + ": " + x.RuleText},
		{"revision", strconv.FormatInt(x.Revision, 10)},
	})
	if x.ValidUntil != nil {
		fmt.Fprintf(t.out, "until     %s, unless something changes before\n", x.ValidUntil.Format("2006-01-02 15:04:05 MST"))
	}
	if len(x.Candidates) == 0 {
		return
	}
	fmt.Fprintln(t.out)
	rows := [][]string{{"", "from", "value", "rank", "distance", "path", "why"}}
	for _, c := range x.Candidates {
		mark := t.colour(grey, "·")
		if c.Outcome == "contributes" {
			mark = t.colour(green, "✓")
		}
		rows = append(rows, []string{mark, from(c), shown(c.Value), number(c.Rank), number(c.Distance), groupNames(c.Path, " → "), plain(c.Reason)})
	}
	t.table(rows)
}

func from(c client.Candidate) string {
	if c.Group != nil {
		return groupNames([]client.Group{*c.Group}, "")
	}
	if c.Redacted {
		return "(a group that you may not see)"
	}
	return "(" + c.Origin + ")"
}

// number leaves out what does not apply.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
