package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cohort/client"
	"cohort/internal/lookercopy"
)

// An importCmd brings in what is elsewhere.
type importCmd struct {
	File   importFileCmd   `cmd:"" default:"withargs" help:"Make a directory of a file that cohort export has written."`
	CSV    importCSVCmd    `cmd:"" name:"csv" help:"Bring in a table of users, groups, memberships or values."`
	Looker importLookerCmd `cmd:"" help:"Copy users, groups, attributes, values and roles from a live Looker."`
}

// An importLookerCmd copies from an instance that speaks the Looker API.
type importLookerCmd struct {
	remote
	From   string `required:"" placeholder:"URL" help:"instance to copy from"`
	Source string `default:"looker" placeholder:"NAME" help:"source under which copied users keep their ids"`
	DryRun bool   `help:"only print the plan"`
	Values bool   `default:"true" negatable:"" help:"copy the values that users have of their own; it takes a request for each user"`
}

// Help is the rest of the command's help.
func (*importLookerCmd) Help() string {
	return `Reads the instance at --from through its API, with the credentials in COHORT_FROM_CLIENT_ID and COHORT_FROM_CLIENT_SECRET, prints what is to be done and what cannot be copied, and does it on the server at COHORT_URL. Nothing is deleted. What is there by name or e-mail is brought up to date, so it can be run again, also after an end in the middle.

Examples:

  cohort import looker --from https://example.cloud.looker.com --dry-run
  cohort import looker --from https://example.com:19999`
}

// An importReport is what is printed as JSON.
type importReport struct {
	Plan    []importCount  `json:"plan"`
	Missed  []importMissed `json:"missed"`
	Changes *int           `json:"changes,omitempty"` // how many were made; absent of a dry run
}

type importCount struct {
	Verb string `json:"verb"`
	Kind string `json:"kind"`
	N    int    `json:"count"`
}

type importMissed struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Run copies.
func (c *importLookerCmd) Run(v *invocation) error {
	env := map[string]string{}
	for _, entry := range v.environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	id, secret := env["COHORT_FROM_CLIENT_ID"], env["COHORT_FROM_CLIENT_SECRET"]
	if id == "" || secret == "" {
		return usageError{errors.New("set COHORT_FROM_CLIENT_ID and COHORT_FROM_CLIENT_SECRET: credentials of the instance to copy from")}
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	at := defaultURL
	if env["COHORT_URL"] != "" {
		at = env["COHORT_URL"]
	}
	progress := v.progress()
	source, err := lookercopy.NewSource(c.From, id, secret).Read(v.ctx, c.Values, progress)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.From, err)
	}
	target, err := lookercopy.NewSource(at, env["COHORT_CLIENT_ID"], env["COHORT_CLIENT_SECRET"]).Read(v.ctx, false, progress)
	if err != nil {
		return fmt.Errorf("read %s: %w", at, err)
	}
	known, err := knownUsers(v.ctx, server, c.Source, source.Unknown())
	if err != nil {
		return err
	}
	plan := lookercopy.Make(source, target, c.Source, known)
	if !c.forPrograms() {
		v.showPlan(c.From, at, plan)
	}
	planned := len(plan.Missed)
	changes := 0
	if !c.DryRun {
		if changes, err = plan.Run(v.ctx, importTarget{server, c.From}, progress); err != nil {
			return fmt.Errorf("the import ended in the middle; it can be run again: %w", err)
		}
	}
	if c.forPrograms() {
		return v.object(c.format(), c.report(plan, changes))
	}
	v.showMissed("Was refused", plan.Missed[planned:])
	if !c.DryRun {
		fmt.Fprintf(v.out, "Done in %d changes.\n", changes)
	}
	return nil
}

func (c *importLookerCmd) report(plan *lookercopy.Plan, changes int) importReport {
	r := importReport{Plan: []importCount{}, Missed: []importMissed{}}
	for _, n := range plan.Counts() {
		r.Plan = append(r.Plan, importCount(n))
	}
	for _, m := range plan.Missed {
		r.Missed = append(r.Missed, importMissed(m))
	}
	if !c.DryRun {
		r.Changes = &changes
	}
	return r
}

// progress tells on the error stream how far something long has come, now and
// then.
func (v *invocation) progress() lookercopy.Progress {
	last, what := time.Now(), ""
	return func(now string, done, total int) {
		if time.Since(last) < time.Second && done != total || total == 1 || now == what && done == total && time.Since(last) < time.Second {
			return
		}
		last, what = time.Now(), now
		if total == 0 {
			fmt.Fprintf(v.err, "cohort: %s: %d\n", now, done)
			return
		}
		fmt.Fprintf(v.err, "cohort: %s: %d of %d\n", now, done, total)
	}
}

func (v *invocation) showPlan(from, to string, plan *lookercopy.Plan) {
	fmt.Fprintf(v.out, "From %s to %s:\n\n", plain(from), plain(to))
	var rows [][]string
	for _, c := range plan.Counts() {
		rows = append(rows, []string{"  " + c.Verb, c.Kind, strconv.Itoa(c.N)})
	}
	v.table(rows)
	fmt.Fprintln(v.out)
	v.showMissed("Cannot be copied", plan.Missed)
}

func (v *invocation) showMissed(title string, list []lookercopy.Missed) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(v.out, title+":")
	fmt.Fprintln(v.out)
	var rows [][]string
	for _, m := range list {
		rows = append(rows, []string{"  " + m.Kind, plain(m.Name), plain(m.Why)})
	}
	v.table(rows)
	fmt.Fprintln(v.out)
}

// knownUsers finds users that were copied before, by their ids in the source.
func knownUsers(ctx context.Context, server *client.Client, source string, ids []string) (map[string]string, error) {
	known := map[string]string{}
	for _, id := range ids {
		var u struct {
			ID string `json:"id"`
		}
		err := server.Do(ctx, http.MethodGet, "/v1/users/"+url.PathEscape("source:"+source+"/"+id), nil, nil, nil, &u)
		if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		known[id] = u.ID
	}
	return known, nil
}

// An importTarget is the server that edits go to.
type importTarget struct {
	server *client.Client
	from   string
}

// Commit runs edits as one change.
func (t importTarget) Commit(ctx context.Context, edits []lookercopy.Edit) (ids []string, changed bool, refused, err error) {
	change := client.Change{Comment: "Copied from " + t.from}
	for _, e := range edits {
		raw, err := json.Marshal(e)
		if err != nil {
			return nil, false, nil, err
		}
		change.Edits = append(change.Edits, raw)
	}
	done, err := t.server.Commit(ctx, change, "")
	if p, ok := errors.AsType[*client.Problem](err); ok {
		switch p.Status {
		case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
			return nil, false, p, nil
		}
	}
	if err != nil {
		return nil, false, nil, err
	}
	for _, r := range done.Results {
		ids = append(ids, r.ID)
	}
	return ids, done.Changed, nil, nil
}
