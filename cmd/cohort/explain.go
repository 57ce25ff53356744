package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"cohort/client"
	"cohort/internal/screen"
)

// An explainCmd shows why a user or a group has a value.
type explainCmd struct {
	paged
	asking
	moment
	Of        string `arg:"" name:"user" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Attribute string `arg:"" optional:"" complete:"attribute" help:"an id or a name"`
	Since     bool   `help:"by which change, and when, each candidate was set; it needs the permission see_history"`
	Group     string `short:"g" placeholder:"GROUP" complete:"group" help:"why this group hands a value down; the one argument is the attribute then"`
}

// Help returns the details of the command's help.
func (*explainCmd) Help() string {
	return `Shows the value, the rule, and all candidates with the reasons why they lost.

Examples:

  cohort explain ada@example.com region
  cohort explain 7 region --at 2026-01-31T12:00:00Z --json
  cohort explain --group Berlin region
  cohort explain ada@example.com region --since`
}

// Run asks the server.
func (c *explainCmd) Run(v *invocation) error {
	path, attribute, err := effectivePath(c.Of, c.Attribute, c.Group)
	if err != nil {
		return err
	}
	if attribute == "" {
		return usageError{errors.New("say which attribute to explain")}
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	query := c.query()
	if c.Since {
		query.Set("since", "true")
	}
	var raw json.RawMessage
	if err := server.Do(v.ctx, http.MethodGet, path+"/"+pathPart(attribute), query, nil, nil, &raw); err != nil {
		return err
	}
	if c.forPrograms() {
		return v.object(c.format(), raw)
	}
	var x client.Explanation
	if err := json.Unmarshal(raw, &x); err != nil {
		return fmt.Errorf("read the reply: %w", err)
	}
	v.explanation(&x)
	return nil
}

// explanation shows an explanation to people.
func (v *invocation) explanation(x *client.Explanation) {
	for _, line := range v.screen.Lines(plain(x.Summary)) {
		fmt.Fprintln(v.out, v.bold(line))
	}
	fmt.Fprintln(v.out)
	for _, row := range [][2]string{{"value", shown(x.Value.Value)}, {"rule", x.Rule + ": " + x.RuleText},
		{"revision", decimal(x.Revision)}} {
		v.screen.HangingIndent(v.out, fmt.Sprintf("%-10s", row[0]), row[1])
	}
	if x.ValidUntil != nil {
		v.screen.HangingIndent(v.out, "until     ",
			x.ValidUntil.Format("2006-01-02 15:04:05 MST")+", unless something changes before")
	}
	if len(x.Candidates) == 0 {
		return
	}
	fmt.Fprintln(v.out)
	rows := [][]string{{"", "from", "value", "rank", "distance", "path", "why"}}
	told := slices.ContainsFunc(x.Candidates, func(c client.Candidate) bool { return c.Since != nil })
	if told {
		rows[0] = append(rows[0], "since")
	}
	for _, c := range x.Candidates {
		mark := v.styled(screen.Grey, "·")
		if c.Outcome == "contributes" {
			mark = v.styled(screen.Green, "✓")
		}
		row := []string{mark, from(c), shown(c.Value), number(c.Rank), number(c.Distance), groupNames(c.Path, " → "),
			plain(c.Reason)}
		if told {
			row = append(row, since(c.Since))
		}
		rows = append(rows, row)
	}
	v.table(rows)
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

// since names the change that set a candidate.
func since(s *client.Since) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("change %d, %s", s.Revision, s.At.Format("2006-01-02 15:04"))
}

// number leaves out what does not apply.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
