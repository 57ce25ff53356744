package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"cohort/client"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
	"cohort/internal/table"
)

// Sizes of an import.
const (
	maxTable   = 1 << 30 // bytes of a file
	chunkRows  = 5000    // rows that are planned together
	chunkEdits = 5000    // edits in a change
)

// An importCSVCmd brings in a table.
type importCSVCmd struct {
	remote
	File          string `arg:"" help:"the table; - is standard input"`
	Kind          string `enum:",users,groups,members,values" default:"" placeholder:"KIND" help:"users, groups, members or values; else the header tells"`
	Key           string `placeholder:"COLUMN" help:"what rows are known by; else the leftmost of source:NAME, email, name and id"`
	Mode          string `enum:"add,update,full" default:"update" placeholder:"MODE" help:"add: only what is not there; update: that, and what differs; full: that, and what the table no longer has is removed (default ${default})"`
	All           bool   `help:"with --mode full: remove what is not in the table also if it has no id in the table's source"`
	Map           string `placeholder:"FILE" help:"names of columns, in TOML: \"Personnel number\" = \"source:hr\""`
	IgnoreColumns bool   `help:"skip columns that mean nothing here"`
	Delimiter     string `placeholder:"CHAR" help:"between columns; else it is noticed"`
	Encoding      string `placeholder:"NAME" help:"utf-8, utf-16 or windows-1252; else it is noticed"`
	DateFormat    string `placeholder:"FORMAT" help:"of dates, such as DD.MM.YYYY; else they are ISO"`
	DryRun        bool   `help:"say what would be done, and do nothing"`
	Errors        string `placeholder:"FILE" help:"where refused rows go, with the reason in the last column"`
	Spreadsheet   bool   `help:"write refused rows so that a spreadsheet takes no cell for a formula"`
	Secrets       bool   `help:"write hidden values also where one is set"`
	AllowRemovals int    `placeholder:"N" help:"remove up to so many users, groups or memberships, where that is more than 25 and more than a tenth"`
	Comment       string `placeholder:"TEXT" help:"why, for the history"`
	stopped
}

// Help is the rest of the command's help.
func (*importCSVCmd) Help() string {
	return `The header names the columns, in any case:

  users    source:erp, email, first_name, last_name, active, groups, roles, attr:region, attr:region@from, attr:region@until
  groups   source:erp, name, parents, roles, attr:region
  members  user, group, from, until
  values   group or user, attribute, value, from, until

An empty cell leaves the value as it is, \N clears it, \E is the empty text. Several groups, parents, roles or elements of a list stand in one cell with | between them. A group is named by the same kind of key as the rows, or as name:EMEA, source:erp/4711, id:12. Rows can be in any order: parents may come later.

First the whole table is planned; then it is committed in several changes under one request id, which "cohort revert --request" undoes together. Refused rows do not stop the others; --errors writes them into a file that can be mended and sent again. Run again, an import goes on where it was, as rows that change nothing are no edits. The exit status is 3 if rows were refused.

Examples:

  cohort import csv people.csv --dry-run
  cohort import csv erp.csv --mode full --errors refused.csv
  cohort import csv hr.csv --map columns.toml --date-format DD.MM.YYYY`
}

// A tableJob is one import under way.
type tableJob struct {
	*importCSVCmd
	v       *invocation
	server  *client.Client
	live    *desired.Live
	table   *table.Table
	opt     desired.Options
	index   *liveIndex
	total   int
	counts  map[string]int // of lines, by action and kind
	removes map[string]desired.Removal
	refused *refusedRows
	done    reconcile.Done
}

// Run imports.
func (c *importCSVCmd) Run(v *invocation) (err error) {
	data, err := v.readFile(c.File, maxTable)
	if err != nil {
		return err
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	j := &tableJob{importCSVCmd: c, v: v, server: server}
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
		return errRefused
	}
	return nil
}

// open reads the directory and the header.
func (j *tableJob) open(data []byte) error {
	if j.All && j.Mode != "full" {
		return usageError{errors.New("--all is for --mode full")}
	}
	columns, err := j.readMap()
	if err != nil {
		return err
	}
	live, language, err := reconcile.Read(j.v.ctx, j.server, true, j.v.reading())
	if err != nil {
		return err
	}
	types := map[string]directory.Type{}
	for i := range live.Attributes {
		types[live.Attributes[i].Name] = live.Attributes[i].Type
	}
	opt := table.Options{
		Kind: table.Kind(j.Kind), Key: j.Key, Map: columns, IgnoreColumns: j.IgnoreColumns, Encoding: j.Encoding, DateFormat: j.DateFormat,
		Full: j.Mode == "full", TypeOf: func(name string) (directory.Type, bool) { t, ok := types[name]; return t, ok },
	}
	if j.Delimiter != "" {
		opt.Delimiter, _ = utf8.DecodeRuneInString(strings.ReplaceAll(j.Delimiter, `\t`, "\t"))
	}
	if j.table, err = table.Open(data, opt); err != nil {
		return usageError{fmt.Errorf("%s: %w", j.File, err)}
	}
	if j.total, err = j.table.Count(); err != nil {
		return usageError{fmt.Errorf("%s: %w", j.File, err)}
	}
	if j.Mode == "add" && (j.table.Kind == table.Members || j.table.Kind == table.Values) || j.Mode == "full" && j.table.Kind == table.Values {
		return usageError{fmt.Errorf("a table of %s is not brought in with --mode %s", j.table.Kind, j.Mode)}
	}
	if j.Mode == "full" && !j.All && len(j.table.Sources()) == 0 && j.table.Kind != table.Members {
		return usageError{errors.New("--mode full removes what has an id in the table's source, and the table has no column source:NAME; --all removes everything that is not in it")}
	}
	j.live, j.index = live, newLiveIndex(live)
	j.opt = desired.Options{
		Language: language, Secrets: j.Secrets, CreateOnly: j.Mode == "add", Exclusive: true, Secret: j.v.secret,
	}
	return nil
}

// readMap reads the names of columns.
func (j *tableJob) readMap() (map[string]string, error) {
	columns := map[string]string{}
	if j.Map == "" {
		return columns, nil
	}
	if _, err := toml.DecodeFile(j.Map, &columns); err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", j.Map, err)}
	}
	return columns, nil
}

// run plans the whole table, and then does it.
func (j *tableJob) run() (err error) {
	if j.refused, err = j.openRefused(""); err != nil {
		return err
	}
	j.counts, j.removes = map[string]int{}, map[string]desired.Removal{}
	if err := j.pass("planned", j.note); err != nil {
		return err
	}
	if err := j.guard(); err != nil {
		return err
	}
	if j.refused, err = j.openRefused(j.Errors); err != nil {
		return err
	}
	if j.DryRun {
		j.counts, j.removes = map[string]int{}, map[string]desired.Removal{}
		return errors.Join(j.pass("planned", j.note), j.refused.close())
	}
	j.counts = map[string]int{}
	err = errors.Join(j.pass("imported", j.commit), j.refused.close())
	if err != nil && j.done.Changes > 0 {
		err = fmt.Errorf("%w\n%d changes are committed, up to revision %d; run it again to go on, or undo them: cohort revert --request %s",
			err, j.done.Changes, j.done.Revision, j.done.RequestID)
	}
	return err
}

// pass goes through the table chunk by chunk, and in full mode through what it
// no longer has.
func (j *tableJob) pass(what string, do func(ctx context.Context, c *table.Chunk, p *desired.Plan) error) error {
	j.table.Rewind()
	j.index.seen = map[directory.UserID]bool{}
	m := j.v.meter(what, "rows", 0, int64(j.total))
	defer m.end()
	most := chunkRows
	if j.table.Kind == table.Groups || j.table.Kind == table.Members && j.Mode == "full" {
		most = j.total + 1 // parents may come later
	}
	for n := 0; ; {
		rows, err := j.table.Next(most)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := j.chunk(rows, do); err != nil {
			return err
		}
		n += len(rows)
		m.at(int64(n))
		if err := j.v.ctx.Err(); err != nil {
			return err
		}
	}
	return j.rest(do)
}

// chunk plans some rows. Those that have problems are refused, and the others
// planned without them.
func (j *tableJob) chunk(rows []table.Row, do func(context.Context, *table.Chunk, *desired.Plan) error) error {
	c := j.table.State(rows)
	for _, r := range c.Refused {
		if err := j.refused.add(r.Row, r.Why.Error()); err != nil {
			return err
		}
	}
	state, opt := c.State, j.opt
	if j.table.Kind == table.Groups && j.Mode == "full" {
		j.prune(&opt)
	}
	bad := map[string]bool{}
	for {
		plan := desired.Make(state, j.index.only(state), opt)
		if len(plan.Problems) == 0 {
			return do(j.v.ctx, c, plan)
		}
		for _, p := range plan.Problems {
			if bad[p.Key] {
				continue
			}
			bad[p.Key] = true
			if err := j.refuse(c, p.Key, p.Msg); err != nil {
				return err
			}
		}
		state = c.Without(bad)
	}
}

func (j *tableJob) prune(opt *desired.Options) {
	opt.Prune, opt.PruneAll = true, j.All
	if sources := j.table.Sources(); len(sources) > 0 {
		opt.PruneSource = sources[0]
	}
}

// rest removes the users that a full table no longer has.
func (j *tableJob) rest(do func(context.Context, *table.Chunk, *desired.Plan) error) error {
	if j.Mode != "full" || j.table.Kind != table.Users {
		return nil
	}
	opt := j.opt
	j.prune(&opt)
	return do(j.v.ctx, &table.Chunk{}, desired.Make(&desired.State{HasUsers: true}, j.index.unseen(), opt))
}

// refuse refuses all rows of an object.
func (j *tableJob) refuse(c *table.Chunk, key, why string) error {
	for _, r := range c.RowsOf(key) {
		if err := j.refused.add(r, why); err != nil {
			return err
		}
	}
	return nil
}

// note counts what a plan would do.
func (j *tableJob) note(_ context.Context, _ *table.Chunk, p *desired.Plan) error {
	j.count(p.Items(), nil)
	for _, r := range p.Removals {
		sum := j.removes[r.Kind]
		sum.Kind = r.Kind
		sum.Removed += r.Removed
		sum.Of += r.Of
		j.removes[r.Kind] = sum
	}
	return nil
}

// count counts the objects that something is done about, each once: without
// those that were refused.
func (j *tableJob) count(items []desired.Item, refused map[string]bool) {
	seen := map[string]bool{}
	for i := range items {
		object := items[i].Kind + " " + items[i].Key
		if !refused[object] && !seen[object] {
			seen[object] = true
			j.counts[string(items[i].Action)+" "+items[i].Kind]++
		}
	}
}

// guard stops a table that would remove more than is likely meant.
func (j *tableJob) guard() error {
	plan := &desired.Plan{}
	for _, kind := range []string{"users", "groups", "memberships"} {
		plan.Removals = append(plan.Removals, j.removes[kind])
	}
	return guarded(plan, j.AllowRemovals)
}

// commit commits the plan of some rows.
func (j *tableJob) commit(ctx context.Context, c *table.Chunk, p *desired.Plan) error {
	var failed error
	refused := map[string]bool{}
	job := reconcile.Job{
		Client: j.server, Comment: j.Comment, MaxEdits: chunkEdits, RequestID: j.done.RequestID,
		Refuse: func(s *desired.Step, why error) {
			if object := s.Kind + " " + s.Key; !refused[object] {
				refused[object] = true
				failed = errors.Join(failed, j.refuse(c, s.Key, reason(why)))
			}
		},
	}
	if c.State == nil {
		job.Refuse = nil // what is no longer there has no rows
	}
	done, err := job.Run(ctx, p)
	j.done.RequestID = done.RequestID
	j.done.Changes += done.Changes
	j.done.Edits += done.Edits
	if done.Revision > 0 {
		j.done.Revision = done.Revision
	}
	j.count(p.Items(), refused)
	return errors.Join(err, failed)
}

// reason is why the server refuses something, without advice.
func reason(err error) string {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		text := p.Detail
		if _, rest, ok := strings.Cut(p.Field, "edits/"); ok {
			if _, field, ok := strings.Cut(rest, "/"); ok {
				text = strings.Replace(text, p.Field, field, 1)
			}
		}
		return text
	}
	return err.Error()
}

// refusedRows writes rows that are refused.
type refusedRows struct {
	file  io.WriteCloser // nil if nobody wants them
	out   *csv.Writer
	table *table.Table
	plain bool
	n     int
	first []string // some, for people
}

// openRefused begins the file of refused rows; an empty name keeps none.
func (j *tableJob) openRefused(name string) (*refusedRows, error) {
	r := &refusedRows{plain: !j.Spreadsheet, table: j.table}
	if name == "" {
		return r, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	r.file, r.out = f, csv.NewWriter(f)
	r.out.Comma = j.table.Delimiter
	header := withoutError(j.table, j.table.Header)
	return r, r.out.Write(append(header, table.ErrorColumn))
}

// withoutError are the cells of a row but that of an earlier error.
func withoutError(t *table.Table, cells []string) []string {
	var out []string
	for i, cell := range cells {
		if i >= len(t.Header) || !strings.EqualFold(strings.TrimSpace(t.Header[i]), table.ErrorColumn) {
			out = append(out, cell)
		}
	}
	return out
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
	cells := append(withoutError(r.table, row.Cells), why)
	if !r.plain {
		for i, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cells[i] = "'" + cell
			}
		}
	}
	return r.out.Write(cells)
}

func (r *refusedRows) close() error {
	if r.out == nil {
		return nil
	}
	r.out.Flush()
	return errors.Join(r.out.Error(), r.file.Close())
}
