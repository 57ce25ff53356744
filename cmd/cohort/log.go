package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cohort/client"
	"cohort/internal/screen"
)

// A logCmd shows the history.
type logCmd struct {
	listFormat
	stopped
	Object  string `arg:"" optional:"" help:"only what touched it: group:12, user:email:ada@example.com, attribute:region"`
	Caller  string `help:"only what this user did" placeholder:"USER"`
	Request string `help:"only changes of this request id" placeholder:"ID"`
	After   int64  `help:"only later revisions, oldest first" placeholder:"N"`
	Limit   int    `help:"at most so many" default:"20" placeholder:"N"`
}

// Help is the rest of the command's help.
func (*logCmd) Help() string {
	return `The newest changes come first.

Examples:

  cohort log
  cohort log group:12 --limit 5
  cohort log --caller email:ada@example.com -o csv`
}

// Run asks the server.
func (c *logCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	caller := c.Caller
	if caller != "" {
		caller = userSelector(caller)
	}
	list, _, err := server.Changes(v.ctx, client.ChangeFilter{
		Object: objectSelector(c.Object), Caller: caller, RequestID: c.Request, After: c.After, Limit: c.Limit,
	})
	if err != nil {
		return err
	}
	if c.format() == screen.Table {
		for i := range list {
			v.showChange(&list[i])
		}
		return nil
	}
	items, err := itemsFrom(list)
	if err != nil {
		return err
	}
	return changeList().Write(v.out, v.screen, c.format(), items)
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
			{Title: "rows", Text: func(c *client.CommittedChange) string { return strconv.Itoa(c.RowsTotal) }},
			{Title: "what", Text: whatChanged},
		},
	}
}

// whatChanged spells in one cell what a change did, as far as the list has it.
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

// showChange shows a change to people.
func (v *invocation) showChange(c *client.CommittedChange) {
	who := "by the server"
	if c.Caller != "" {
		who = "by " + callerName(c.CallerName, c.Caller)
	}
	if c.Credential != "" {
		who += " with credential " + c.Credential
	}
	if c.Sudoer != "" {
		who += ", behind whom stood " + callerName(c.SudoerName, c.Sudoer)
	}
	fmt.Fprintf(v.out, "%s  %s  %s", v.bold(strconv.FormatInt(c.Revision, 10)), c.At.Format("2006-01-02 15:04:05 MST"),
		who)
	if c.Dialect != "" {
		fmt.Fprintf(v.out, " (%s)", plain(c.Dialect))
	}
	if c.Comment != "" {
		fmt.Fprintf(v.out, "  %s", plain(c.Comment))
	}
	fmt.Fprintln(v.out)
	if c.Forgotten {
		fmt.Fprintln(v.out, v.styled(screen.Grey, "    (what it did was erased or pruned)"))
	}
	if c.Erased > 0 {
		fmt.Fprintln(v.out, v.styled(screen.Grey, fmt.Sprintf("    (erased edits: %d)", c.Erased)))
	}
	for i, row := range c.Rows {
		if i == rowsShown {
			break
		}
		v.screen.Paragraph(v.out, "    ", plain(row.Text))
	}
	if n := c.RowsTotal - min(len(c.Rows), rowsShown); n > 0 {
		fmt.Fprintf(v.out, "    and %d more\n", n)
	}
	if c.RowsTotal == 0 {
		v.showEdits(c)
	}
}

// showEdits lists the edits of a change of which no rows are left to show.
func (v *invocation) showEdits(c *client.CommittedChange) {
	for i, e := range c.Edits {
		if i == rowsShown {
			fmt.Fprintf(v.out, "    and %d more\n", len(c.Edits)-i)
			break
		}
		fmt.Fprintf(v.out, "    %s\n", editLine(e))
	}
}

// callerName names a user as it was named then, with its id.
func callerName(name, id string) string {
	if name == "" {
		return "user " + id
	}
	return plain(name) + " (" + id + ")"
}

// editLine spells an edit in a line: its name, then its members.
func editLine(edit json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(edit))
	var line strings.Builder
	if _, err := d.Token(); err != nil {
		return plain(string(edit))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return plain(string(edit))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return plain(string(edit))
		}
		if name == "edit" {
			line.WriteString(strings.Trim(string(value), `"`))
			continue
		}
		fmt.Fprintf(&line, " %s=%s", name, shown(value))
	}
	return plain(line.String())
}
