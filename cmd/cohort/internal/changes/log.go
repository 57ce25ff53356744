// Package changes has the subcommands about committed changes: list, undo, prune.
package changes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A LogCmd lists committed changes.
type LogCmd struct {
	cli.ListFormat
	cli.StoppedFlags
	Object  string `arg:"" optional:"" help:"an object, to list only its changes: group:12, user:email:ada@example.com, attribute:region; or the revision of one change"`
	Caller  string `help:"only changes by this user" placeholder:"USER"`
	Request string `help:"only changes of this request id" placeholder:"ID"`
	After   int64  `help:"only changes after this revision, oldest first" placeholder:"N"`
	Limit   int    `help:"the largest number of results" default:"20" placeholder:"N"`
}

// Help returns the details of the command's help.
func (*LogCmd) Help() string {
	return `Lists the newest changes first, each with the number of users and groups whose effective values it changed. With a revision it shows one change with all its rows and effects.

Examples:

  cohort log
  cohort log group:EMEA --limit 5
  cohort log 4711
  cohort log --caller email:ada@example.com -o csv`
}

// Run asks the server.
func (c *LogCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	if cli.IsID(c.Object) {
		return c.one(v, server)
	}
	caller := c.Caller
	if caller != "" {
		caller = cli.UserSelector(caller)
	}
	list, _, err := server.Changes(v.Context, client.ChangeFilter{
		Object: cli.ObjectSelector(c.Object), Caller: caller, RequestID: c.Request, After: c.After, Limit: c.Limit,
		Affected: true,
	})
	if err != nil {
		return err
	}
	if c.Format() == screen.Table {
		for i := range list {
			showChange(v, &list[i], rowsShown)
			showReached(v, list[i].Affected)
		}
		return nil
	}
	items, err := cli.ItemsFrom(list)
	if err != nil {
		return err
	}
	return changeList().Write(v.Stdout, v.Screen, c.Format(), items)
}

// one shows one change and its effects.
func (c *LogCmd) one(v *cli.Invocation, server *client.Client) error {
	revision, err := strconv.ParseInt(c.Object, 10, 64)
	if err != nil {
		return cli.WrongUsage(fmt.Errorf("%s is not a revision", c.Object))
	}
	change, err := server.Change(v.Context, revision)
	if err != nil {
		return err
	}
	did, err := server.Effects(v.Context, revision)
	p, refused := errors.AsType[*client.Problem](err)
	if err != nil && (!refused || p.Status >= http.StatusInternalServerError) {
		return err
	}
	told := err == nil
	if told {
		change.Affected = &client.Affected{Users: did.Affected, Groups: did.Groups}
	}
	if c.Format() != screen.Table {
		items, err := cli.ItemsFrom([]client.CommittedChange{change})
		if err != nil {
			return err
		}
		var about []screen.Member
		if told {
			about = append(about, screen.Member{Name: "effects", Value: did})
		}
		return changeList().Write(v.Stdout, v.Screen, c.Format(), items, about...)
	}
	showChange(v, &change, len(change.Rows))
	if !told {
		v.Say("Its effects on effective values are not known: " + cli.Plain(err.Error()))
		return nil
	}
	showReached(v, change.Affected)
	v.ShowEffects(&did)
	return nil
}

// showReached says for how many users and groups a change changed values.
func showReached(v *cli.Invocation, n *client.Affected) {
	if n == nil || n.Groups == 0 && n.Users == (client.Count{}) {
		return
	}
	who := cli.UserCount(n.Users)
	if n.AtMost {
		who = "at most " + who
	}
	v.Screen.Paragraph(v.Stdout, "    ", v.Styled(screen.Grey, "→ another value for "+who+cli.AndGroupCount(n.Groups)))
}

func changeList() *screen.List[client.CommittedChange] {
	return &screen.List[client.CommittedChange]{
		Member: "changes",
		Name:   func(c *client.CommittedChange) string { return strconv.FormatInt(c.Revision, 10) },
		Columns: []screen.Column[client.CommittedChange]{
			{Title: "revision", Text: func(c *client.CommittedChange) string { return strconv.FormatInt(c.Revision, 10) }},
			{Title: "at", Text: func(c *client.CommittedChange) string { return c.At.Format(time.RFC3339Nano) }},
			{Title: "caller", Text: func(c *client.CommittedChange) string { return c.Caller }},
			{Title: "caller_name", Text: func(c *client.CommittedChange) string { return c.CallerName }},
			{Title: "credential", Text: func(c *client.CommittedChange) string { return c.Credential }},
			{Title: "sudoer", Text: func(c *client.CommittedChange) string { return c.Sudoer }},
			{Title: "dialect", Text: func(c *client.CommittedChange) string { return c.Dialect }},
			{Title: "request_id", Text: func(c *client.CommittedChange) string { return c.RequestID }},
			{Title: "comment", Text: func(c *client.CommittedChange) string { return c.Comment }},
			{Title: "users", Text: func(c *client.CommittedChange) string {
				if c.Affected == nil {
					return ""
				}
				return cli.Decimal(c.Affected.Users.Enabled + c.Affected.Users.Disabled)
			}},
			{Title: "groups", Text: func(c *client.CommittedChange) string {
				if c.Affected == nil {
					return ""
				}
				return cli.Decimal(c.Affected.Groups)
			}},
			{Title: "rows", Text: func(c *client.CommittedChange) string { return strconv.Itoa(c.RowsTotal) }},
			{Title: "what", Text: whatChanged},
		},
	}
}

// whatChanged describes a change in one cell, as far as the list contains it.
func whatChanged(c *client.CommittedChange) string {
	var lines []string
	for _, row := range c.Rows {
		lines = append(lines, row.Text)
	}
	if c.RowsTotal == 0 {
		for _, e := range c.Edits {
			lines = append(lines, editLine(e))
		}
	}
	return strings.Join(lines, "; ")
}

// rowsShown is how many rows of a change are listed.
const rowsShown = 8

// showChange shows a change with at most so many of its rows to people.
func showChange(v *cli.Invocation, c *client.CommittedChange, most int) {
	who := "by the server"
	if c.Caller != "" {
		who = "by " + callerName(c.CallerName, c.Caller)
	}
	if c.Credential != "" {
		who += " with credential " + c.Credential
	}
	if c.Sudoer != "" {
		who += ", as whom acted " + callerName(c.SudoerName, c.Sudoer)
	}
	head := c.At.Format("2006-01-02 15:04:05 MST") + "  " + who
	if c.Dialect != "" {
		head += " (" + cli.Plain(c.Dialect) + ")"
	}
	if c.Comment != "" {
		head += "  " + cli.Plain(c.Comment)
	}
	v.Screen.HangingIndent(v.Stdout, v.Bold(strconv.FormatInt(c.Revision, 10))+"  ", head)
	if c.Forgotten {
		fmt.Fprintln(v.Stdout, v.Styled(screen.Grey, "    (its details were erased or pruned)"))
	}
	if c.Erased > 0 {
		fmt.Fprintln(v.Stdout, v.Styled(screen.Grey, fmt.Sprintf("    (erased edits: %d)", c.Erased)))
	}
	for i, row := range c.Rows {
		if i == most {
			break
		}
		v.Screen.Paragraph(v.Stdout, "    ", cli.Plain(row.Text))
	}
	if n := c.RowsTotal - min(len(c.Rows), most); n > 0 {
		fmt.Fprintf(v.Stdout, "    and %d more\n", n)
	}
	if c.RowsTotal == 0 {
		showEdits(v, c)
	}
}

// showEdits lists the edits of a change that has no rows to show.
func showEdits(v *cli.Invocation, c *client.CommittedChange) {
	for i, e := range c.Edits {
		if i == rowsShown {
			fmt.Fprintf(v.Stdout, "    and %d more\n", len(c.Edits)-i)
			break
		}
		v.Screen.Paragraph(v.Stdout, "    ", editLine(e))
	}
}

// callerName is the name of a user at that time, with the id.
func callerName(name, id string) string {
	if name == "" {
		return "user " + id
	}
	return cli.Plain(name) + " (" + id + ")"
}

// editLine writes an edit in one line: its name, then its members.
func editLine(edit json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(edit))
	var line strings.Builder
	if _, err := d.Token(); err != nil {
		return cli.Plain(string(edit))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return cli.Plain(string(edit))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return cli.Plain(string(edit))
		}
		if name == "edit" {
			line.WriteString(strings.Trim(string(value), `"`))
			continue
		}
		fmt.Fprintf(&line, " %s=%s", name, cli.ValueText(value))
	}
	return cli.Plain(line.String())
}
