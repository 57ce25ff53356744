package imports

import (
	"fmt"
	"slices"
	"strconv"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/apply"
	"cohort/internal/desired"
	"cohort/internal/intake"
	"cohort/internal/reconcile"
)

// An ImportReport is the result of a copy as JSON.
type ImportReport struct {
	Plan      []importCount  `json:"plan"`
	Adopted   []importMissed `json:"adopted"` // of the target, with what each is there
	Missed    []importMissed `json:"missed"`  // of the source: it cannot be copied at all
	Refused   []importMissed `json:"refused"`
	Changes   *int           `json:"changes,omitempty"` // how many were made; absent of a dry run
	RequestID string         `json:"request_id,omitempty"`
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

// copyFlags are the flags of commands that import users and groups of another product.
type copyFlags struct {
	cli.ObjectFormat
	DryRun bool `help:"only print the plan"`
	Check  bool `help:"only print the plan; exit with status 4 if there is anything to do"`
	job.Flags
	AllowRemovals int `placeholder:"N" help:"allow removing or disabling up to this many users, groups or memberships; needed above 25 and a tenth of them"`
}

// A copyJob is one run of a copy.
type copyJob struct {
	copyFlags
	v            *cli.Invocation
	server       *client.Client
	from, source string
	nameOf       func(kind, key string) string
	made         *desired.Plan
	missed       []importMissed
	refused      []importMissed
	done         apply.Done
	about        string // distinguishes copies from the same source
}

// do commits the plan, and reports.
func (j *copyJob) do() error {
	if !j.ForPrograms() {
		j.show()
	}
	if !j.DryRun && !j.Check {
		if err := job.CheckRemovals(j.made, j.AllowRemovals); err != nil {
			return err
		}
		if err := j.run(); err != nil {
			return err
		}
	}
	return j.tell()
}

// plan plans the copy. Objects that cannot be copied are refused; the others are planned
// without them.
func (j *copyJob) plan(state *desired.State, live *desired.Live, opt desired.Options) {
	j.made = intake.Plan(state, live, opt, j.refuse)
}

func (j *copyJob) refuse(kind, key, why string) {
	j.refused = append(j.refused, importMissed{kind, j.nameOf(kind, key), why})
}

// run commits the plan.
func (j *copyJob) run() error {
	n, err := j.Begin(j.v, "import", j.from, j.source, j.about)
	if err != nil {
		return err
	}
	progress := progress(j.v)
	job := apply.Job{
		To: reconcile.Through(j.server), Comment: "Copied from " + j.from, MaxEdits: copyEdits, RequestID: n.ID,
		Progress: func(done int) { progress("edits", done, j.made.Len()) },
		Refuse:   func(s *desired.Step, why error) { j.refuse(s.Kind, s.Key, apply.Reason(why)) },
	}
	j.done, err = job.Run(j.v.Context, j.made)
	return n.End(err, j.done)
}

// copyEdits is the approximate number of edits in one change.
const copyEdits = 1000

// show shows the plan to people.
func (j *copyJob) show() {
	to := j.v.Server.URL
	if to == "" {
		to = "the stopped directory"
	}
	fmt.Fprintf(j.v.Stdout, "From %s to %s:\n\n", cli.Plain(j.from), cli.Plain(to))
	var rows [][]string
	for _, c := range j.counts() {
		rows = append(rows, []string{"  " + c.Verb, c.Kind + "s", strconv.Itoa(c.N)})
	}
	j.v.Table(rows)
	fmt.Fprintln(j.v.Stdout)
	showMissed(j.v, "Adopted, as they have the same name and no more permissions", j.adopted())
	showMissed(j.v, "Cannot be copied", j.missed)
	showMissed(j.v, "Refused", j.refused)
}

// counts are the objects of the plan, counted by action and kind.
func (j *copyJob) counts() []importCount {
	list := []importCount{}
	seen := map[string]bool{}
	for _, i := range j.made.Items() {
		if seen[i.Kind+" "+i.Key] {
			continue
		}
		seen[i.Kind+" "+i.Key] = true
		at := slices.IndexFunc(list, func(c importCount) bool { return c.Verb == string(i.Action) && c.Kind == i.Kind })
		if at < 0 {
			at, list = len(list), append(list, importCount{string(i.Action), i.Kind, 0})
		}
		list[at].N++
	}
	return list
}

// adopted are existing objects that get their first reference of the source.
func (j *copyJob) adopted() []importMissed {
	list := []importMissed{}
	for _, i := range j.made.Items() {
		if i.Action == desired.Change && i.Field == "sources."+j.source && i.Before == "" {
			list = append(list, importMissed{i.Kind, j.nameOf(i.Kind, i.Key), "is " + i.Kind + " " + i.ID})
		}
	}
	return list
}

// tell reports what was done, and returns the error that sets the exit status.
func (j *copyJob) tell() error {
	switch {
	case j.ForPrograms():
		r := ImportReport{Plan: j.counts(), Adopted: j.adopted(), Missed: j.missed, Refused: j.refused}
		for _, list := range []*[]importMissed{&r.Missed, &r.Refused} {
			if *list == nil {
				*list = []importMissed{}
			}
		}
		if !j.DryRun && !j.Check {
			r.Changes = &j.done.Changes
			if j.done.Changes > 0 {
				r.RequestID = j.done.RequestID
			}
		}
		if err := j.v.WriteObject(j.Format(), r); err != nil {
			return err
		}
	case !j.DryRun && !j.Check:
		if len(j.refused) > 0 {
			fmt.Fprintf(j.v.Stdout, "Refused %d; run with --json for all of them.\n", len(j.refused))
		}
		fmt.Fprintf(j.v.Stdout, "Done in %s.", cli.Count(j.done.Changes, "change"))
		if j.done.Changes > 0 {
			fmt.Fprintf(j.v.Stdout, " To undo: cohort revert --request %s", j.done.RequestID)
		}
		fmt.Fprintln(j.v.Stdout)
	}
	switch {
	case len(j.refused) > 0:
		return cli.ErrRefused
	case j.Check && j.made.Len() > 0:
		return cli.ErrDiffers
	}
	return nil
}

func showMissed(v *cli.Invocation, title string, list []importMissed) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(v.Stdout, title+":")
	fmt.Fprintln(v.Stdout)
	var rows [][]string
	for _, m := range list {
		rows = append(rows, []string{"  " + m.Kind, cli.Plain(m.Name), cli.Plain(m.Why)})
	}
	v.Table(rows)
	fmt.Fprintln(v.Stdout)
}
