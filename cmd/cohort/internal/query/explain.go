package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// An ExplainCmd shows why a user or a group has a value.
type ExplainCmd struct {
	cli.Paged
	cli.ReadFlags
	moment
	Of        string `arg:"" name:"user" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Attribute string `arg:"" optional:"" complete:"attribute" help:"an id or a name"`
	Since     bool   `help:"by which change, and when, each candidate was set; it needs the permission see_history"`
	Group     string `short:"g" placeholder:"GROUP" complete:"group" help:"why this group hands a value down; the one argument is the attribute then"`
}

// Help returns the details of the command's help.
func (*ExplainCmd) Help() string {
	return `Shows the value, the rule, and all candidates with the reasons why they lost.

Examples:

  cohort explain ada@example.com region
  cohort explain 7 region --at 2026-01-31T12:00:00Z --json
  cohort explain --group Berlin region
  cohort explain ada@example.com region --since`
}

// Run asks the server.
func (c *ExplainCmd) Run(v *cli.Invocation) error {
	path, attribute, err := effectivePath(c.Of, c.Attribute, c.Group)
	if err != nil {
		return err
	}
	if attribute == "" {
		return cli.WrongUsage(errors.New("say which attribute to explain"))
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	query := c.query()
	if c.Since {
		query.Set("since", "true")
	}
	var raw json.RawMessage
	if err := server.Do(v.Context, http.MethodGet, path+"/"+url.PathEscape(attribute), query, nil, nil, &raw); err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), raw)
	}
	var x client.Explanation
	if err := json.Unmarshal(raw, &x); err != nil {
		return fmt.Errorf("read the reply: %w", err)
	}
	explanation(v, &x)
	return nil
}

// explanation shows an explanation to people.
func explanation(v *cli.Invocation, x *client.Explanation) {
	for _, line := range v.Screen.Lines(cli.Plain(x.Summary)) {
		fmt.Fprintln(v.Stdout, v.Bold(line))
	}
	fmt.Fprintln(v.Stdout)
	for _, row := range [][2]string{{"value", cli.ValueText(x.Value.Value)}, {"rule", x.Rule + ": " + x.RuleText},
		{"revision", cli.Decimal(x.Revision)}} {
		v.Screen.HangingIndent(v.Stdout, fmt.Sprintf("%-10s", row[0]), row[1])
	}
	if x.ValidUntil != nil {
		v.Screen.HangingIndent(v.Stdout, "until     ",
			x.ValidUntil.Format("2006-01-02 15:04:05 MST")+", unless something changes before")
	}
	if len(x.Candidates) == 0 {
		return
	}
	fmt.Fprintln(v.Stdout)
	rows := [][]string{{"", "from", "value", "rank", "distance", "path", "why"}}
	told := slices.ContainsFunc(x.Candidates, func(c client.Candidate) bool { return c.Since != nil })
	if told {
		rows[0] = append(rows[0], "since")
	}
	for _, c := range x.Candidates {
		mark := v.Styled(screen.Grey, "·")
		if c.Outcome == "contributes" {
			mark = v.Styled(screen.Green, "✓")
		}
		row := []string{mark, from(c), cli.ValueText(c.Value), number(c.Rank), number(c.Distance), cli.GroupNames(c.Path,
			" → "),
			cli.Plain(c.Reason)}
		if told {
			row = append(row, since(c.Since))
		}
		rows = append(rows, row)
	}
	v.Table(rows)
}

func from(c client.Candidate) string {
	if c.Group != nil {
		return cli.GroupNames([]client.Group{*c.Group}, "")
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

// number is a number in a table; 0 is empty.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
