package console

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
	"cohort/internal/render"
)

// Imports keeps files that people bring in, and what they would do.
type Imports interface {
	Upload(ctx context.Context, caller directory.Caller, o intake.Options, data []byte) (*intake.Report, error)
	Commit(ctx context.Context, caller directory.Caller, id string, how intake.Go) (*intake.Report, error)
	Get(ctx context.Context, caller directory.Caller, id string) (*intake.Report, error)
	List(ctx context.Context, caller directory.Caller) ([]intake.Report, error)
	Refused(ctx context.Context, caller directory.Caller, id string) ([]byte, error)
	Delete(ctx context.Context, caller directory.Caller, id string) error
}

// An importPage takes a file, and lists those that are kept.
type importPage struct {
	May     bool
	Text    string // what was sent, to be sent again
	Again   bool   // what was sent is too long for the page: the file has to be chosen again
	Kind    string
	Mode    string
	Kinds   []choice
	Modes   []choice
	Columns []columnRow
	Fields  []string // that a column can mean
	Form    form
	Files   []importRow

	Templates []part // tables with nothing but a header
}

// A columnRow says what a column of the file means.
type columnRow struct{ Column, Field, Example string }

// An importRow is a file that is kept.
type importRow struct {
	Href, What, State string
	At                directory.Instant
}

const (
	maxImport = 30 << 20  // bytes of a file; larger ones go by the command line
	maxAgain  = 256 << 10 // bytes of a file that a page repeats
)

func imports(q *request) error {
	page := importPage{May: q.powers.CanManage(), Form: q.form()}
	page.Kind, page.Mode = page.Form.Typed["kind"], cmp.Or(page.Form.Typed["mode"], string(intake.Update))
	page.Kinds = choices(page.Kind, "", "what the header says", "users", "users", "groups", "groups", "members",
		"memberships", "values", "values")
	page.Modes = choices(page.Mode, "add", "add what is new", "update", "add and change", "full",
		"add, change and remove what is missing")
	for _, t := range importTemplates() {
		page.Templates = append(page.Templates, named(t[0], link(Root, "tables", t[0]+".csv")))
	}
	if q.problem != nil {
		q.mapColumns(&page)
	}
	if page.May {
		list, err := q.Imports.List(q.ctx(), q.caller)
		if err != nil {
			return err
		}
		for i := range list {
			r := &list[i]
			page.Files = append(page.Files, importRow{
				q.to("import", r.ID), plural(r.Rows, "row") + " of " + cmp.Or(r.Kind, string(r.Options.Format)), string(r.State),
				directory.InstantOf(r.CreatedAt),
			})
		}
	}
	return q.show("import", frame{
		Title: "Import", Section: "import", Data: page, Calls: q.calls().native("imports").list,
	})
}

// importTemplates are the kinds of tables and their columns; those of users and
// groups also have one for each attribute.
func importTemplates() [][]string {
	return [][]string{
		{"users", "email", "first_name", "last_name", "active", "groups"},
		{"groups", "name", "parents"},
		{"members", "user", "group", "from", "until"},
		{"values", "group", "attribute", "value", "rank"},
	}
}

// importTemplate sends a table with nothing but a header.
func importTemplate(q *request) error {
	for _, t := range importTemplates() {
		if t[0]+".csv" != q.r.PathValue("file") {
			continue
		}
		columns := t[1:]
		if t[0] == "users" || t[0] == "groups" {
			attrs, err := q.dir.Attributes(q.ctx())
			if err != nil {
				return err
			}
			for i := range attrs[:min(len(attrs), 2*rowsShown)] {
				if !attrs[i].ID.Computed() && !attrs[i].System {
					columns = append(columns, "attr:"+attrs[i].Name)
				}
			}
		}
		q.w.Header().Set("Content-Disposition", `attachment; filename="`+t[0]+`.csv"`)
		httpkit.WriteBody(q.w, http.StatusOK, "text/csv; charset=utf-8", []byte(strings.Join(columns, ",")+"\r\n"))
		return nil
	}
	return directory.NotFound("template", q.r.PathValue("file"))
}

// choices are pairs of what is sent and what is shown.
func choices(chosen string, pairs ...string) (list []choice) {
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, choice{pairs[i], pairs[i+1], pairs[i] == chosen})
	}
	return list
}

// mapColumns asks what the columns of a file mean that could not be read.
func (q *request) mapColumns(page *importPage) {
	text := q.sentFile
	if page.Text = text; len(text) > maxAgain {
		page.Text, page.Again = "", true
	}
	rows := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord = delimiterOf(text), true, -1
	header, err := rows.Read()
	if err != nil || !utf8.ValidString(text) || len(header) > rowsShown {
		return
	}
	first, _ := rows.Read()
	for i, column := range header {
		row := columnRow{Column: column,
			Field: cmp.Or(page.Form.Typed["map:"+column], strings.ToLower(strings.TrimSpace(column)))}
		if i < len(first) {
			row.Example = render.Shorten(first[i], 40)
		}
		page.Columns = append(page.Columns, row)
	}
	page.Fields = []string{
		"email", "first_name", "last_name", "active", "groups", "name", "parents", "user", "group", "attribute", "value",
		"rank", "from", "until", "source:",
	}
	if attrs, err := q.dir.Attributes(q.ctx()); err == nil {
		for i := range attrs[:min(len(attrs), 2*rowsShown)] {
			if !attrs[i].ID.Computed() {
				page.Fields = append(page.Fields, "attr:"+attrs[i].Name)
			}
		}
	}
}

// delimiterOf is the sign that is most often in the first line.
func delimiterOf(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, sign := range []rune{';', '\t'} {
		if strings.Count(line, string(sign)) > strings.Count(line, string(best)) {
			best = sign
		}
	}
	return best
}

// upload keeps a file and leads to what it would do.
func upload(q *request) error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxImport)
	if err := q.r.ParseMultipartForm(maxImport); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return &directory.Error{Kind: directory.KindTooLarge,
				Msg: "the file has more than 30 MiB; bring it in on the command line: cohort import csv"}
		}
		return directory.Malformed("form", "cannot be read")
	}
	defer func() { _ = q.r.MultipartForm.RemoveAll() }() // temporary files; nothing is left to do if they stay
	data, err := q.typedFile()
	if err != nil {
		return err
	}
	q.sentFile = string(data)
	options := intake.Options{
		Format: intake.CSV, Kind: q.typed("kind"), Mode: intake.Mode(q.typed("mode")), Map: map[string]string{},
		Spreadsheet:   true,
		IgnoreColumns: q.typed("ignore") != "", All: q.typed("all") != "",
	}
	for name := range q.r.PostForm {
		column, ok := strings.CutPrefix(name, "map:")
		field := strings.ToLower(q.typed(name))
		switch {
		case !ok || field == strings.ToLower(strings.TrimSpace(column)):
		case field == "":
			options.IgnoreColumns = true
		default:
			options.Map[column] = field
		}
	}
	var report *intake.Report
	if len(data) == 0 {
		err = directory.Missing("file")
	} else {
		q.live.Release()
		report, err = q.Imports.Upload(q.ctx(), q.caller, options, data)
	}
	switch kind := directory.KindOf(err); {
	case err == nil:
		return q.see(link(Root, "import", report.ID))
	case kind == directory.KindInvalid, kind == directory.KindConflict, kind == directory.KindMalformed:
		q.problem = err
		return imports(q)
	}
	return err
}

// typedFile is the file that was chosen, or else the text that was pasted.
func (q *request) typedFile() ([]byte, error) {
	f, _, err := q.r.FormFile("file")
	if err != nil {
		return []byte(q.r.PostForm.Get("text")), nil
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if len(data) == 0 && err == nil {
		data = []byte(q.r.PostForm.Get("text"))
	}
	return data, err
}

// An importedPage is a file: what it would do, or has done.
type importedPage struct {
	*intake.Report
	Counts  []intake.Count
	Nothing bool
	Refused int
	Sample  []intake.Missed
	More    int // refused rows that are not shown
	Table   string
	Allow   int // removals that the guard asks to allow
	Expires directory.Instant
	Changes string // the address of the changes that it made
	Comment string
	Form    form
}

const missedShown = 20

func imported(q *request) error {
	r, err := q.Imports.Get(q.ctx(), q.caller, q.r.PathValue("import"))
	if err != nil {
		return err
	}
	page := importedPage{
		Report: r, Counts: r.Plan.Counts, Refused: r.Plan.Refused, Sample: r.Plan.Sample,
		Table:   link(Root, "import", r.ID, "refused.csv"),
		Expires: directory.InstantOf(r.ExpiresAt), Comment: q.typedOr("comment", ""), Form: q.form(),
		Nothing: len(r.Plan.Counts) == 0,
	}
	for _, removal := range r.Guard {
		page.Allow = max(page.Allow, removal.Removed)
	}
	if r.Outcome != nil {
		page.Changes = Root + "/changes?" + url.Values{"request": {r.Outcome.RequestID}}.Encode()
		if r.State == intake.Done {
			page.Refused, page.Sample = r.Outcome.Refused, r.Outcome.Sample
		}
	}
	page.Sample = slices.Clip(page.Sample[:min(len(page.Sample), missedShown)])
	page.More = page.Refused - len(page.Sample)
	return q.show("imported", frame{
		Title: plural(r.Rows, "row") + " of " + cmp.Or(r.Kind, string(r.Options.Format)), Section: "import", Kind: "Import",
		Data:  page,
		Facts: []fact{{Label: "state", Parts: parts(say(string(r.State)))}, {Label: "request", Copy: "import-" + r.ID}},
		Calls: q.calls().native("imports/" + r.ID).list,
	})
}

// typedOr is what a form holds, if the request is one.
func (q *request) typedOr(field, other string) string {
	if q.r.PostForm.Has(field) {
		return q.typed(field)
	}
	return other
}

// bringIn commits a file, or a further part of it, or forgets it.
func bringIn(q *request) error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxForm)
	if err := q.r.ParseForm(); err != nil {
		return directory.Malformed("form", "cannot be read")
	}
	id := q.r.PathValue("import")
	q.live.Release()
	if q.typed("do") == "delete" {
		if err := q.Imports.Delete(q.ctx(), q.caller, id); err != nil {
			return err
		}
		return q.see(Root + "/import")
	}
	allow, _ := strconv.Atoi(q.typed("allow")) // nothing allows nothing
	// A commit in parts may take longer than a page may.
	_ = http.NewResponseController(q.w).SetWriteDeadline(time.Now().Add(time.Minute))
	_, err := q.Imports.Commit(q.ctx(), q.caller, id, intake.Go{Token: q.typed("token"), AllowRemovals: allow,
		Comment: q.typed("comment")})
	switch kind := directory.KindOf(err); {
	case err == nil:
		return q.see(link(Root, "import", id))
	case kind == directory.KindInvalid, kind == directory.KindConflict, kind == directory.KindStale:
		q.problem = err
		return imported(q)
	}
	return err
}

// refusedRows sends the rows that are refused, as a table.
func refusedRows(q *request) error {
	data, err := q.Imports.Refused(q.ctx(), q.caller, q.r.PathValue("import"))
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Disposition", `attachment; filename="refused.csv"`)
	httpkit.WriteBody(q.w, http.StatusOK, "text/csv; charset=utf-8", data)
	return nil
}
