package serve

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/editjson"
)

// sampleCompany is a small company with users, nested groups and five attributes. Its ids are
// fixed, so that the demo can name them.
//
//go:embed demo.json
var sampleCompany []byte

// A demoPlan is a call of the demo and the attribute whose values it changes.
type demoPlan struct {
	method, path, body string
	attribute          directory.AttributeID
}

// demoPlans are the two calls. The first one sets another discount limit for EMEA, through the
// Looker API. The second one moves the Netherlands, by their number in the ERP, from EMEA to
// the Americas, in the Propeller format.
func demoPlans() [2]demoPlan {
	return [2]demoPlan{
		{http.MethodPatch, "/api/4.0/groups/11/attribute_values/21", `{"value": "12"}`, 21},
		{http.MethodPatch, "/usergroups/sourceId/NL-01?source=erp", `{"parent": {"id": 14}}`, 23},
	}
}

// A DemoCmd shows Cohort on sample data.
type DemoCmd struct {
	JSON bool `name:"json" help:"write JSON"`
}

// Help returns the details of the command's help.
func (*DemoCmd) Help() string {
	return `Fills a directory in a temporary folder with a small company, serves it on a free port, sets the value of a group with one call of the Looker API, then moves a group with one call in the Propeller format, and shows whose values each call changed, and why. Nothing is left behind.

Examples:

  cohort demo
  cohort demo --json`
}

// A demonstration is the output of the demo.
type demonstration struct {
	Company struct {
		Users      int `json:"users"`
		Groups     int `json:"groups"`
		Attributes int `json:"attributes"`
	} `json:"company"`
	demoStep
	Then demoStep `json:"then"`
}

// A demoStep is a call and its effects.
type demoStep struct {
	Call    demoCall   `json:"call"`
	Changed []demoUser `json:"changed"`
	Same    []demoUser `json:"unchanged"`
}

// A demoCall is a request and its reply.
type demoCall struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"`
	Status int    `json:"status"`
	Reply  string `json:"reply"`
}

// A demoUser is a user's value of the attribute before and after.
type demoUser struct {
	User   string `json:"user"`
	Before string `json:"before"`
	After  string `json:"after"`
	Why    string `json:"why"`
}

// Run runs the demo and prints it.
func (c *DemoCmd) Run(v *cli.Invocation) error {
	d, err := demonstrate(v.Context)
	if err != nil {
		return err
	}
	if c.JSON {
		return v.WriteJSON(d)
	}
	show(v, d)
	return nil
}

func show(v *cli.Invocation, d *demonstration) {
	fmt.Fprintf(v.Stdout, "A company of %d users, %d groups and %d attributes.\n\n", d.Company.Users, d.Company.Groups,
		d.Company.Attributes)
	showStep(v, d.demoStep)
	showStep(v, d.Then)
}

func showStep(v *cli.Invocation, d demoStep) {
	fmt.Fprintf(v.Stdout, "%s\n%s\n\n%d\n%s\n\n", v.Bold(d.Call.Method+" "+d.Call.Path), d.Call.Body, d.Call.Status,
		d.Call.Reply)
	for _, part := range []struct {
		title     string
		UserCount []demoUser
	}{{"Changed for", d.Changed}, {"The same for", d.Same}} {
		fmt.Fprintln(v.Stdout, v.Bold(part.title))
		var rows [][]string
		for _, u := range part.UserCount {
			change := u.Before + " → " + u.After
			if u.Before == u.After {
				change = u.After
			}
			rows = append(rows, []string{"  " + u.User, change, u.Why})
		}
		v.Table(rows)
		fmt.Fprintln(v.Stdout)
	}
}

// demonstrate runs a server on a temporary directory and shows the calls on it.
func demonstrate(ctx context.Context) (d *demonstration, err error) {
	dir, err := os.MkdirTemp("", "cohort-demo-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	settings, _, err := config.Load(config.Flags{"data": dir, "addr": "127.0.0.1:0"}, nil)
	if err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	in, err := app.Open(ctx, settings, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	edits, _, err := editjson.Decoder{}.File(sampleCompany)
	if err != nil {
		return nil, fmt.Errorf("read the sample company: %w", err)
	}
	system := in.Views().As(directory.System("demo"))
	if _, err := system.Commit(ctx, directory.Change{Edits: edits, Comment: "A small company"}); err != nil {
		return nil, fmt.Errorf("make the sample company: %w", err)
	}
	if err := in.Listen(ctx); err != nil {
		return nil, err
	}
	served := make(chan error, 1)
	go func() { served <- in.Serve(ctx) }()
	d, err = demoOver(ctx, in, in.BaseURL())
	end()
	return d, errors.Join(err, <-served)
}
