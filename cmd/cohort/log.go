package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"cohort/client"
	"cohort/internal/screen"
)

// A logCmd shows the history.
type logCmd struct {
	paged
	asking
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
  cohort log --caller email:ada@example.com --json`
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
	if c.forPrograms() {
		return v.object(c.format(), map[string]any{"changes": list})
	}
	for i := range list {
		v.showChange(&list[i])
	}
	return nil
}

// editsShown is how many edits of a change are listed.
const editsShown = 5

// showChange shows a change to people.
func (v *invocation) showChange(c *client.CommittedChange) {
	who := "by " + cmp.Or(c.Caller, "the server")
	if c.Caller != "" {
		who = "by user " + c.Caller
	}
	if c.Sudoer != "" {
		who += " for user " + c.Sudoer
	}
	fmt.Fprintf(v.out, "%s  %s  %s", v.bold(strconv.FormatInt(c.Revision, 10)), c.At.Format("2006-01-02 15:04:05 MST"), who)
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
	for i, e := range c.Edits {
		if i == editsShown {
			fmt.Fprintf(v.out, "    and %d more\n", len(c.Edits)-i)
			break
		}
		fmt.Fprintf(v.out, "    %s\n", editLine(e))
	}
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
