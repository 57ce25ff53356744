package intake

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"unicode/utf8"

	"cohort/internal/apply"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/foreign"
	"cohort/internal/table"
)

// A Format is the format of a file.
type Format string

// The formats.
const (
	CSV      Format = "csv"
	LDIF     Format = "ldif"
	Keycloak Format = "keycloak"
)

// Options say how to import a file. Options of tables do not apply to other formats, and vice
// versa.
type Options struct {
	Format Format `json:"format"`

	Kind          string            `json:"kind,omitempty"` // of a table; else the header tells
	Key           string            `json:"key,omitempty"`  // column that rows are known by
	Mode          Mode              `json:"mode,omitempty"` // empty is update
	All           bool              `json:"all,omitzero"`   // with full: remove what has no id in the source, too
	Map           map[string]string `json:"map,omitzero"`   // fields by column
	IgnoreColumns bool              `json:"ignore_columns,omitzero"`
	Delimiter     string            `json:"delimiter,omitempty"`
	Encoding      string            `json:"encoding,omitempty"`
	DateFormat    string            `json:"date_format,omitempty"`
	Spreadsheet   bool              `json:"spreadsheet,omitzero"` // refused rows have no cell that is taken for a formula

	Source string   `json:"source,omitempty"` // under which objects of other formats keep their ids
	Values []string `json:"values,omitzero"`  // attributes of an LDIF file that become values

	Secrets bool `json:"secrets,omitzero"` // write hidden values also where one is set
}

// check refuses options that do not apply, and fills in defaults.
func (o *Options) check() error {
	switch o.Format {
	case CSV:
		if o.Mode == "" {
			o.Mode = Update
		}
		if o.Mode != Add && o.Mode != Update && o.Mode != Full {
			return directory.Invalid("mode", "must be add, update or full")
		}
	case LDIF, Keycloak:
		if o.Source == "" {
			o.Source = map[Format]string{LDIF: "ldap", Keycloak: "keycloak"}[o.Format]
		}
	default:
		return directory.Invalid("format", "must be csv, ldif or keycloak")
	}
	if utf8.RuneCountInString(o.Delimiter) > 1 {
		return directory.Invalid("delimiter", "must be one character")
	}
	return nil
}

// A Count counts the objects of a kind that an action applies to.
type Count struct {
	Action string `json:"action"`
	Kind   string `json:"kind"`
	N      int    `json:"n"`
}

// A Missed is something in a file that has no counterpart here, or is refused.
type Missed struct {
	Line int    `json:"line,omitzero"` // of a table
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	Why  string `json:"why"`
}

// A Result is what a file would do, or what was done.
type Result struct {
	Counts   []Count           `json:"counts"`
	Removals []desired.Removal `json:"removals"`
	Refused  int               `json:"refused"`
	Sample   []Missed          `json:"sample"` // of what is refused
	Missed   []Missed          `json:"missed"` // what has no place here

	prints []string
	rows   []byte // refused rows as a table
}

// A source is a parsed file.
type source interface {
	// plan returns what the file would do.
	plan(ctx context.Context) (*Result, error)
	// commit imports the file in parts. done counts what was done, even if commit fails.
	commit(ctx context.Context, to apply.Committer, comment string, done *apply.Done) (*Result, error)
	// describe adds to the report how the file was read.
	describe(r *Report)
}

// open parses a file, given the live directory.
func open(data []byte, o Options, live *desired.Live, lang directory.Language) (source, error) {
	if o.Format != CSV {
		read := foreign.LDIF
		if o.Format == Keycloak {
			read = foreign.Keycloak
		}
		in, err := read(data, foreign.Options{Source: o.Source, Values: o.Values, TypeOf: TypesOf(live)})
		if err != nil {
			return nil, unreadable(err)
		}
		opt := desired.Options{Language: lang, Exclusive: true, LeaveTaken: true, Secrets: o.Secrets}
		return &foreignSource{in: in, live: live, opt: opt}, nil
	}
	opt := table.Options{
		Kind: table.Kind(o.Kind), Key: o.Key, Map: o.Map, IgnoreColumns: o.IgnoreColumns, Encoding: o.Encoding,
		DateFormat: o.DateFormat,
		TypeOf:     TypesOf(live),
	}
	if o.Delimiter != "" {
		opt.Delimiter, _ = utf8.DecodeRuneInString(o.Delimiter)
	}
	t, err := OpenTable(data, opt, o.Mode, o.All)
	if err != nil {
		return nil, unreadable(err)
	}
	t.Prints = true
	t.Against(live, desired.Options{Language: lang, Secrets: o.Secrets})
	return &tableSource{t: t, spreadsheet: o.Spreadsheet}, nil
}

// unreadable says that a file does not match its options.
func unreadable(err error) error {
	return &directory.Error{Kind: directory.KindInvalid, Field: "body", Code: directory.CodeInvalid,
		Msg: "cannot be read: " + err.Error()}
}

// maxSample is how many refused or missing objects a report lists.
const maxSample = 100

type tableSource struct {
	t           *Table
	spreadsheet bool
}

func (s *tableSource) describe(r *Report) {
	r.Kind, r.Key, r.Encoding, r.Delimiter = string(s.t.Kind), s.t.Key, s.t.Encoding, string(s.t.Delimiter)
	r.Ignored, r.Rows = append([]string{}, s.t.Ignored...), s.t.Total
}

func (s *tableSource) plan(ctx context.Context) (*Result, error) {
	return s.run(func() (*Summary, error) { return s.t.Plan(ctx) })
}

func (s *tableSource) commit(ctx context.Context, to apply.Committer, comment string,
	done *apply.Done) (*Result, error) {
	return s.run(func() (*Summary, error) { return s.t.Commit(ctx, to, comment, done) })
}

// run passes through the table and collects what is refused.
func (s *tableSource) run(through func() (*Summary, error)) (*Result, error) {
	var rows bytes.Buffer
	refused, err := NewRefused(&rows, s.t.Table, s.spreadsheet)
	if err != nil {
		return nil, err
	}
	out := &Result{Sample: []Missed{}, Missed: []Missed{}}
	s.t.Refused = func(r *table.Row, why string) error {
		if len(out.Sample) < maxSample {
			out.Sample = append(out.Sample, Missed{Line: r.Line, Why: why})
		}
		return refused.Add(r, why)
	}
	sum, err := through()
	if err == nil {
		err = refused.Flush()
	}
	out.Counts, out.Removals, out.Refused, out.prints = counts(sum.Counts), sum.Removals, sum.Refused, sum.Prints
	out.rows = rows.Bytes()
	return out, err
}

type foreignSource struct {
	in   *foreign.Import
	live *desired.Live
	opt  desired.Options
}

func (s *foreignSource) describe(r *Report) {
	r.Rows = len(s.in.State.Users) + len(s.in.State.Groups)
}

func (s *foreignSource) made() (*desired.Plan, *refusals) {
	r := &refusals{in: s.in}
	return Plan(s.in.State, s.live, s.opt, r.add), r
}

func (s *foreignSource) plan(context.Context) (*Result, error) {
	plan, refused := s.made()
	fingerprint, err := plan.Fingerprint()
	out := refused.result(plan, nil)
	out.prints = []string{fingerprint}
	return out, err
}

func (s *foreignSource) commit(ctx context.Context, to apply.Committer, comment string,
	done *apply.Done) (*Result, error) {
	plan, refused := s.made()
	left := map[string]bool{}
	job := apply.Job{
		To: to, Comment: comment, MaxEdits: chunkEdits, RequestID: done.RequestID,
		Refuse: func(step *desired.Step, why error) {
			if object := step.Kind + " " + step.Key; !left[object] {
				left[object] = true
				refused.add(step.Kind, step.Key, apply.Reason(why))
			}
		},
	}
	more, err := job.Run(ctx, plan)
	done.Add(more)
	return refused.result(plan, left), err
}

// Plan plans a state. Rows that cannot be planned are refused, and the rest is planned without
// them.
func Plan(state *desired.State, live *desired.Live, opt desired.Options,
	refuse func(kind, key, why string)) *desired.Plan {
	bad := map[string]bool{}
	plan := desired.Make(state, live, opt)
	for known := -1; len(plan.Problems) > 0 && len(bad) > known; {
		known = len(bad)
		for _, p := range plan.Problems {
			if object := p.Kind + " " + p.Key; !bad[object] {
				bad[object] = true
				refuse(p.Kind, p.Key, p.Msg)
			}
		}
		plan = desired.Make(state.Without(bad), live, opt)
	}
	for _, left := range plan.Left {
		refuse(left.Kind, left.Key, left.Msg)
	}
	return plan
}

// refusals collects the refused objects of a file.
type refusals struct {
	in   *foreign.Import
	list []Missed
}

func (r *refusals) add(kind, key, why string) {
	r.list = append(r.list, Missed{Kind: kind, Name: r.in.NameOf(kind, key), Why: why})
}

func (r *refusals) result(plan *desired.Plan, left map[string]bool) *Result {
	sum := map[string]int{}
	count(sum, plan.Items(), left)
	out := &Result{
		Counts: counts(sum), Removals: plan.Removals, Refused: len(r.list),
		Sample: append([]Missed{}, r.list[:min(len(r.list), maxSample)]...),
		Missed: []Missed{}, rows: r.table(),
	}
	for _, m := range r.in.Missed[:min(len(r.in.Missed), maxSample)] {
		out.Missed = append(out.Missed, Missed{Kind: m.Kind, Name: m.Name, Why: m.Why})
	}
	return out
}

// table lists what is refused as a table.
func (r *refusals) table() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"kind", "name", table.ErrorColumn}}
	for _, m := range r.list {
		rows = append(rows, []string{m.Kind, m.Name, m.Why})
	}
	_ = w.WriteAll(rows) // a buffer takes everything
	return b.Bytes()
}

// counts lists the objects by action and kind.
func counts(byWhat map[string]int) []Count {
	list := []Count{}
	for _, action := range []desired.Action{desired.Create, desired.Change, desired.Adopt, desired.Remove} {
		for _, kind := range []string{"attribute", "role", "group", "user"} {
			if n := byWhat[fmt.Sprintf("%s %s", action, kind)]; n > 0 {
				list = append(list, Count{string(action), kind, n})
			}
		}
	}
	return list
}
