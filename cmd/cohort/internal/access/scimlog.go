package access

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A scimLogCmd lists the requests of an identity provider.
type scimLogCmd struct {
	cli.ListFormat
	Name  string `arg:"" help:"the name of the client"`
	Limit int    `help:"the largest number of results" default:"50" placeholder:"N"`
}

// Help returns the details of the command's help.
func (*scimLogCmd) Help() string {
	return `Lists the newest requests first. Changes, refusals and held requests are stored; the latest 100 requests that only read are kept until the server restarts.

Examples:

  cohort scim client log okta
  cohort scim client log okta --limit 500 -o csv`
}

// A scimLine is a request in the log of an identity provider.
type scimLine struct {
	At        time.Time `json:"at"`
	Outcome   string    `json:"outcome"` // done, asked, refused or held
	Request   string    `json:"request,omitempty"`
	Status    int       `json:"status,omitempty"`
	Revision  int64     `json:"revision,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	RequestID string    `json:"request_id"`
}

// Run asks the server.
func (c *scimLogCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	var reply struct {
		Clients []client.SCIMClient `json:"clients"`
	}
	if err := server.Do(v.Context, http.MethodGet, "/v1/scim/clients", nil, nil, nil, &reply); err != nil {
		return err
	}
	at := slices.IndexFunc(reply.Clients, func(one client.SCIMClient) bool { return one.Name == c.Name })
	if at < 0 {
		return cli.Refused(fmt.Errorf("there is no SCIM client %q; cohort scim client list lists them", c.Name))
	}
	changes, _, err := server.Changes(v.Context, client.ChangeFilter{Caller: reply.Clients[at].User, Limit: max(1,
		min(c.Limit, cli.MaxPage))})
	if err != nil {
		return err
	}
	lines := scimLines(&reply.Clients[at], changes)
	items := make([]screen.Item[scimLine], 0, len(lines))
	for _, line := range lines[:min(len(lines), c.Limit)] {
		item, err := cli.ItemOf(line)
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	list := screen.List[scimLine]{
		Member: "requests", Empty: c.Name + " has done nothing yet.",
		Name: func(l *scimLine) string { return l.RequestID },
		Columns: []screen.Column[scimLine]{
			{Title: "at", Text: func(l *scimLine) string { return screen.Screen{}.Time(l.At) }, Show: func(s screen.Screen,
				l *scimLine) string {
				return s.Time(l.At)
			}},
			{Title: "outcome", Text: func(l *scimLine) string { return l.Outcome }},
			{Title: "request", Text: func(l *scimLine) string { return l.Request }},
			{Title: "status", Text: func(l *scimLine) string { return numberOrNone(int64(l.Status)) }},
			{Title: "revision", Text: func(l *scimLine) string { return numberOrNone(l.Revision) }},
			{Title: "request id", Text: func(l *scimLine) string { return l.RequestID }},
			{Title: "detail", Text: func(l *scimLine) string { return l.Detail }},
		},
	}
	return list.Write(v.Stdout, v.Screen, c.Format(), items)
}

func numberOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// scimLines merges the requests of a client and the changes that they made, newest first.
func scimLines(c *client.SCIMClient, changes []client.CommittedChange) []scimLine {
	lines, seen := []scimLine{}, map[string]int{}
	add := func(outcome string, list []client.SCIMEvent) {
		for _, e := range list {
			key := e.RequestID + "\n" + strconv.Itoa(e.Status)
			if _, there := seen[key]; there {
				continue
			}
			seen[key] = len(lines)
			line := scimLine{At: e.At, Outcome: outcome, Request: e.Method + " " + e.Path, Status: e.Status, Detail: e.Detail,
				RequestID: e.RequestID}
			if outcome == "" {
				line.Outcome = "asked"
				if e.Status >= http.StatusBadRequest {
					line.Outcome = "refused"
				}
			}
			lines = append(lines, line)
			seen[e.RequestID] = len(lines) - 1
		}
	}
	add("held", c.Held)
	add("refused", c.Refused)
	add("", c.Requests)
	for _, change := range changes {
		if i, there := seen[change.RequestID]; there && lines[i].Outcome == "asked" {
			lines[i].Outcome, lines[i].Revision, lines[i].Detail = "done", change.Revision, editNames(change.Edits)
			continue
		}
		lines = append(lines, scimLine{At: change.At, Outcome: "done", Revision: change.Revision,
			Detail: editNames(change.Edits), RequestID: change.RequestID})
	}
	slices.SortStableFunc(lines, func(a, b scimLine) int { return b.At.Compare(a.At) })
	return lines
}

// editNames lists the names of the edits of a change, with their counts.
func editNames(edits []json.RawMessage) string {
	var names []string
	counts := map[string]int{}
	for _, raw := range edits {
		var edit struct {
			Edit string `json:"edit"`
		}
		if json.Unmarshal(raw, &edit) != nil || edit.Edit == "" {
			continue
		}
		if counts[edit.Edit]++; counts[edit.Edit] == 1 {
			names = append(names, edit.Edit)
		}
	}
	for i, name := range names {
		if n := counts[name]; n > 1 {
			names[i] = fmt.Sprintf("%s × %d", name, n)
		}
	}
	return strings.Join(names, ", ")
}
