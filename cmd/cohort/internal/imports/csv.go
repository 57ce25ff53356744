package imports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/apply"
	"cohort/internal/desired"
	"cohort/internal/intake"
	"cohort/internal/reconcile"
	"cohort/internal/table"
)

// maxTable is the largest number of bytes of a table.
const maxTable = 1 << 30

// An importCSVCmd imports a table.
type importCSVCmd struct {
	cli.ObjectFormat
	File          string `arg:"" help:"the table; - is standard input"`
	Kind          string `enum:",users,groups,members,values" default:"" placeholder:"KIND" help:"users, groups, members or values; detected from the header by default"`
	Key           string `placeholder:"COLUMN" help:"what rows are known by; else the leftmost of source:NAME, email, name and id"`
	Mode          string `enum:"add,update,full" default:"update" placeholder:"MODE" help:"add: create what is missing; update: also change what differs; full: also remove what the table no longer contains (default ${default})"`
	All           bool   `help:"with --mode full: remove what is not in the table also if it has no id in the table's source"`
	Map           string `placeholder:"FILE" help:"names of columns, in TOML: \"Personnel number\" = \"source:hr\""`
	IgnoreColumns bool   `help:"ignore unknown columns"`
	Delimiter     string `placeholder:"CHAR" help:"the delimiter of columns; detected by default"`
	Encoding      string `placeholder:"NAME" help:"utf-8, utf-16 or windows-1252; detected by default"`
	DateFormat    string `placeholder:"FORMAT" help:"the format of dates, such as DD.MM.YYYY; ISO by default"`
	DryRun        bool   `help:"only say what would be done"`
	Errors        string `placeholder:"FILE" help:"where refused rows go, with the reason in the last column"`
	Spreadsheet   bool   `help:"write refused rows so that a spreadsheet takes no cell for a formula"`
	Secrets       bool   `help:"write hidden values also where one is set"`
	AllowRemovals int    `placeholder:"N" help:"allow removing up to this many users, groups or memberships; needed above 25 and a tenth of them"`
	Comment       string `placeholder:"TEXT" help:"why, for the history"`
	job.Flags
	cli.StoppedFlags
}

// Help returns the details of the command's help.
func (*importCSVCmd) Help() string {
	return `The header names the columns, in any case:

  users    source:erp, email, first_name, last_name, active, groups, roles, attr:region, attr:region@from, attr:region@until
  groups   source:erp, name, parents, roles, attr:region
  members  user, group, from, until
  values   group or user, attribute, value, from, until, rank

An empty cell leaves the value as it is, \N clears it, \E is the empty text. Separate several groups, parents, roles or elements of a list in one cell by |. A group is named by the same kind of key as the rows, or as name:EMEA, source:erp/4711 or id:12. Rows can be in any order: parents may come later.

The whole table is planned first, and then committed in several changes under one request id, which "cohort revert --request" undoes together. Refused rows do not stop the others; --errors writes them to a file that you can correct and import again. Run an interrupted import again to continue it under the same request id: rows that change nothing make no edits. The exit status is 3 if rows were refused.

Examples:

  cohort import csv people.csv --dry-run
  cohort import csv erp.csv --mode full --errors refused.csv
  cohort import csv hr.csv --map columns.toml --date-format DD.MM.YYYY`
}

// A tableJob is one run of an import.
type tableJob struct {
	*importCSVCmd
	v       *cli.Invocation
	server  *client.Client
	table   *intake.Table
	counts  map[string]int // objects by action and kind
	refused *refusedRows
	done    apply.Done
	job     *job.Job
	data    []byte
}

// Run imports the table.
func (c *importCSVCmd) Run(v *cli.Invocation) (err error) {
	data, err := v.ReadFile(c.File, maxTable)
	if err != nil {
		return err
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	j := &tableJob{importCSVCmd: c, v: v, server: server, data: data}
	if err := j.open(data); err != nil {
		return err
	}
	if err := j.run(); err != nil {
		return err
	}
	if err := j.tell(); err != nil {
		return err
	}
	if j.refused.n > 0 {
		return cli.ErrRefused
	}
	return nil
}

// open reads the directory and the header of the table.
func (j *tableJob) open(data []byte) error {
	columns, err := j.readMap()
	if err != nil {
		return err
	}
	live, language, err := reconcile.Read(j.v.Context, j.server, true, job.ShowReading(j.v))
	if err != nil {
		return err
	}
	opt := table.Options{
		Kind: table.Kind(j.Kind), Key: j.Key, Map: columns, IgnoreColumns: j.IgnoreColumns, Encoding: j.Encoding,
		DateFormat: j.DateFormat,
		TypeOf:     intake.TypesOf(live),
	}
	if j.Delimiter != "" {
		opt.Delimiter, _ = utf8.DecodeRuneInString(strings.ReplaceAll(j.Delimiter, `\t`, "\t"))
	}
	if j.table, err = intake.OpenTable(data, opt, intake.Mode(j.Mode), j.All); err != nil {
		return cli.WrongUsage(fmt.Errorf("%s: %w", j.File, err))
	}
	j.table.Against(live, desired.Options{Language: language, Secrets: j.Secrets, Secret: j.v.Secret})
	j.table.Refused = func(r *table.Row, why string) error { return j.refused.add(r, why) }
	return nil
}

// readMap reads the file that renames columns.
func (j *tableJob) readMap() (map[string]string, error) {
	columns := map[string]string{}
	if j.Map == "" {
		return columns, nil
	}
	if _, err := toml.DecodeFile(j.Map, &columns); err != nil {
		return nil, cli.WrongUsage(fmt.Errorf("%s: %w", j.Map, err))
	}
	return columns, nil
}

// run plans the whole table, then commits it.
func (j *tableJob) run() (err error) {
	errorsTo := ""
	if j.DryRun {
		errorsTo = j.Errors
	}
	if j.refused, err = j.openRefused(errorsTo); err != nil {
		return err
	}
	plan, err := j.planned()
	if err = errors.Join(err, j.refused.close()); err != nil {
		return err
	}
	if j.counts = plan.Counts; j.DryRun {
		return nil
	}
	if err := job.CheckRemovals(&desired.Plan{Removals: plan.Removals}, j.AllowRemovals); err != nil {
		return err
	}
	if j.refused, err = j.openRefused(j.Errors); err != nil {
		return err
	}
	if j.job, err = j.Begin(j.v, "import csv", j.Kind, j.Key, j.Mode, string(j.data)); err != nil {
		return err
	}
	j.done.RequestID = j.job.ID
	done, err := j.committed()
	j.counts = done.Counts
	return j.job.End(errors.Join(err, j.refused.close()), j.done)
}

func (j *tableJob) planned() (*intake.Summary, error) {
	defer j.meter("planned")()
	return j.table.Plan(j.v.Context)
}

// changesAtOnce is how many changes are in progress at once: one is written, one is planned,
// one is sent.
const changesAtOnce = 3

func (j *tableJob) committed() (*intake.Summary, error) {
	defer j.meter("imported")()
	j.table.AtOnce = changesAtOnce
	return j.table.Commit(j.v.Context, reconcile.Through(j.server), j.Comment, &j.done)
}

// meter shows how many rows are done.
func (j *tableJob) meter(what string) (end func()) {
	m := j.v.Meter(what, "rows", 0, int64(j.table.Total))
	j.table.Progress = func(rows int) { m.Update(int64(rows)) }
	return m.Clear
}

// refusedRows counts refused rows and writes them to a file.
type refusedRows struct {
	file  io.WriteCloser // nil without a file
	out   *intake.Refused
	n     int
	first []string // the first ones, for people
}

// openRefused creates the file of refused rows; an empty name means no file.
func (j *tableJob) openRefused(name string) (*refusedRows, error) {
	r := &refusedRows{}
	if name == "" {
		return r, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	r.file = f
	r.out, err = intake.NewRefused(f, j.table.Table, j.Spreadsheet)
	return r, err
}

// maxFirst is how many refused rows are shown to people.
const maxFirst = 10

func (r *refusedRows) add(row *table.Row, why string) error {
	if r.n++; len(r.first) < maxFirst {
		r.first = append(r.first, fmt.Sprintf("line %d: %s", row.Line, why))
	}
	if r.out == nil {
		return nil
	}
	return r.out.Add(row, why)
}

func (r *refusedRows) close() error {
	if r.out == nil {
		return nil
	}
	return errors.Join(r.out.Flush(), r.file.Close())
}
