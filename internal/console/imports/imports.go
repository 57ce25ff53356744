package imports

import (
	"cmp"
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

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
	"cohort/internal/render"
)

// An importPage has the form for a file, and lists the stored files.
type importPage struct {
	May     bool
	Text    string // what was sent, so that it can be sent again
	Again   bool   // whether the file is too long for the page and has to be chosen again
	Kind    string
	Mode    string
	Kinds   []pagekit.Choice
	Modes   []pagekit.Choice
	Columns []columnRow
	Fields  []string // that a column can mean
	Form    pagekit.Form
	Files   []importRow

	Templates []sentence.Part // tables with only a header
}

// A columnRow says what a column of the file means.
type columnRow struct{ Column, Field, Example string }

// An importRow is a stored file.
type importRow struct {
	Href, What, State string
	At                directory.Instant
}

const (
	maxImport = 30 << 20  // bytes of a file; larger files need the command line
	maxAgain  = 256 << 10 // bytes of a file that a page repeats
)

func imports(q *pagekit.Request) error { return show(q, "") }

// show answers with the page; sent is a file that was refused.
func show(q *pagekit.Request, sent string) error {
	page := importPage{May: q.Powers.CanManage(), Form: q.Form()}
	page.Kind, page.Mode = page.Form.Typed["kind"], cmp.Or(page.Form.Typed["mode"], string(intake.Update))
	page.Kinds = pagekit.Choices(page.Kind, "", "as the header says", "users", "users", "groups", "groups", "members",
		"memberships", "values", "values")
	page.Modes = pagekit.Choices(page.Mode, "add", "add new ones", "update", "add and change", "full",
		"add, change, and remove missing ones")
	for _, t := range importTemplates() {
		page.Templates = append(page.Templates, sentence.Named(t[0], pagekit.Link(pagekit.Root, "tables", t[0]+".csv")))
	}
	if q.Problem != nil {
		mapColumns(q, &page, sent)
	}
	if page.May {
		list, err := q.Imports.List(q.Context(), q.Caller)
		if err != nil {
			return err
		}
		for i := range list {
			r := &list[i]
			page.Files = append(page.Files, importRow{
				q.To("import", r.ID), sentence.Plural(r.Rows, "row") + " of " + cmp.Or(r.Kind, string(r.Options.Format)),
				string(r.State),
				directory.InstantOf(r.CreatedAt),
			})
		}
	}
	return q.Show("import", pagekit.Frame{
		Title: "Import", Section: "import", Data: page, Calls: q.Calls().Native("imports").List,
	})
}

// importTemplates returns the kinds of tables with their columns. Tables of users and groups
// also have a column for each attribute.
func importTemplates() [][]string {
	return [][]string{
		{"users", "email", "first_name", "last_name", "active", "groups"},
		{"groups", "name", "parents"},
		{"members", "user", "group", "from", "until"},
		{"values", "group", "attribute", "value", "rank"},
	}
}

// importTemplate sends a table with only a header.
func importTemplate(q *pagekit.Request) error {
	for _, t := range importTemplates() {
		if t[0]+".csv" != q.R.PathValue("file") {
			continue
		}
		columns := t[1:]
		if t[0] == "users" || t[0] == "groups" {
			attrs, err := q.Dir.Attributes(q.Context())
			if err != nil {
				return err
			}
			for i := range attrs[:min(len(attrs), 2*pagekit.RowsShown)] {
				if !attrs[i].ID.Computed() && !attrs[i].System {
					columns = append(columns, "attr:"+attrs[i].Name)
				}
			}
		}
		q.W.Header().Set("Content-Disposition", `attachment; filename="`+t[0]+`.csv"`)
		httpkit.WriteBody(q.W, http.StatusOK, "text/csv; charset=utf-8", []byte(strings.Join(columns, ",")+"\r\n"))
		return nil
	}
	return directory.NotFound("template", q.R.PathValue("file"))
}

// mapColumns adds the columns of a refused file, so that the person can name their fields.
func mapColumns(q *pagekit.Request, page *importPage, text string) {
	if page.Text = text; len(text) > maxAgain {
		page.Text, page.Again = "", true
	}
	rows := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord = delimiterOf(text), true, -1
	header, err := rows.Read()
	if err != nil || !utf8.ValidString(text) || len(header) > pagekit.RowsShown {
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
	if attrs, err := q.Dir.Attributes(q.Context()); err == nil {
		for i := range attrs[:min(len(attrs), 2*pagekit.RowsShown)] {
			if !attrs[i].ID.Computed() {
				page.Fields = append(page.Fields, "attr:"+attrs[i].Name)
			}
		}
	}
}

// delimiterOf returns the most frequent delimiter in the first line.
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

// upload stores a file and leads to the page that says what it would do.
func upload(q *pagekit.Request) error {
	q.R.Body = http.MaxBytesReader(q.W, q.R.Body, maxImport)
	if err := q.R.ParseMultipartForm(maxImport); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return &directory.Error{Kind: directory.KindTooLarge,
				Msg: "the file has more than 30 MiB; import it on the command line: cohort import csv"}
		}
		return directory.Malformed("form", "cannot be read")
	}
	defer func() { _ = q.R.MultipartForm.RemoveAll() }() // temporary files; an error is of no use here
	data, err := typedFile(q)
	if err != nil {
		return err
	}
	options := intake.Options{
		Format: intake.CSV, Kind: q.Typed("kind"), Mode: intake.Mode(q.Typed("mode")), Map: map[string]string{},
		Spreadsheet:   true,
		IgnoreColumns: q.Typed("ignore") != "", All: q.Typed("all") != "",
	}
	for name := range q.R.PostForm {
		column, ok := strings.CutPrefix(name, "map:")
		field := strings.ToLower(q.Typed(name))
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
		q.Live.Release()
		report, err = q.Imports.Upload(q.Context(), q.Caller, options, data)
	}
	switch kind := directory.KindOf(err); {
	case err == nil:
		return q.Redirect(pagekit.Link(pagekit.Root, "import", report.ID))
	case kind == directory.KindInvalid, kind == directory.KindConflict, kind == directory.KindMalformed:
		q.Problem = err
		return show(q, string(data))
	}
	return err
}

// typedFile returns the chosen file, or else the pasted text.
func typedFile(q *pagekit.Request) ([]byte, error) {
	f, _, err := q.R.FormFile("file")
	if err != nil {
		return []byte(q.R.PostForm.Get("text")), nil
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if len(data) == 0 && err == nil {
		data = []byte(q.R.PostForm.Get("text"))
	}
	return data, err
}

// An importedPage is a stored file: what it would do, or has done.
type importedPage struct {
	*intake.Report
	Counts  []intake.Count
	Nothing bool
	Refused int
	Sample  []intake.Missed
	More    int // refused rows that are not shown
	Table   string
	Allow   int // removals that the guard requires to be allowed
	Expires directory.Instant
	Changes string // the address of its changes
	Comment string
	Form    pagekit.Form
}

const missedShown = 20

func imported(q *pagekit.Request) error {
	r, err := q.Imports.Get(q.Context(), q.Caller, q.R.PathValue("import"))
	if err != nil {
		return err
	}
	page := importedPage{
		Report: r, Counts: r.Plan.Counts, Refused: r.Plan.Refused, Sample: r.Plan.Sample,
		Table:   pagekit.Link(pagekit.Root, "import", r.ID, "refused.csv"),
		Expires: directory.InstantOf(r.ExpiresAt), Comment: q.TypedOr("comment", ""), Form: q.Form(),
		Nothing: len(r.Plan.Counts) == 0,
	}
	for _, removal := range r.Guard {
		page.Allow = max(page.Allow, removal.Removed)
	}
	if r.Outcome != nil {
		page.Changes = pagekit.Root + "/changes?" + url.Values{"request": {r.Outcome.RequestID}}.Encode()
		if r.State == intake.Done {
			page.Refused, page.Sample = r.Outcome.Refused, r.Outcome.Sample
		}
	}
	page.Sample = slices.Clip(page.Sample[:min(len(page.Sample), missedShown)])
	page.More = page.Refused - len(page.Sample)
	return q.Show("imported", pagekit.Frame{
		Title: sentence.Plural(r.Rows, "row") + " of " + cmp.Or(r.Kind, string(r.Options.Format)), Section: "import",
		Kind: "Import",
		Data: page,
		Facts: []pagekit.Fact{{Label: "state", Parts: sentence.Parts(sentence.Say(string(r.State)))}, {Label: "request",
			Copy: "import-" + r.ID}},
		Calls: q.Calls().Native("imports/" + r.ID).List,
	})
}

// bringIn commits a file or its next part, or deletes it.
func bringIn(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	id := q.R.PathValue("import")
	q.Live.Release()
	if q.Typed("do") == "delete" {
		if err := q.Imports.Delete(q.Context(), q.Caller, id); err != nil {
			return err
		}
		return q.Redirect(pagekit.Root + "/import")
	}
	allow, _ := strconv.Atoi(q.Typed("allow")) // an empty field allows none
	// A commit in parts may take longer than a page is allowed to.
	_ = http.NewResponseController(q.W).SetWriteDeadline(time.Now().Add(time.Minute))
	_, err := q.Imports.Commit(q.Context(), q.Caller, id, intake.Go{Token: q.Typed("token"), AllowRemovals: allow,
		Comment: q.Typed("comment")})
	switch kind := directory.KindOf(err); {
	case err == nil:
		return q.Redirect(pagekit.Link(pagekit.Root, "import", id))
	case kind == directory.KindInvalid, kind == directory.KindConflict, kind == directory.KindStale:
		q.Problem = err
		return imported(q)
	}
	return err
}

// refusedRows sends the refused rows as a table.
func refusedRows(q *pagekit.Request) error {
	data, err := q.Imports.Refused(q.Context(), q.Caller, q.R.PathValue("import"))
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Disposition", `attachment; filename="refused.csv"`)
	httpkit.WriteBody(q.W, http.StatusOK, "text/csv; charset=utf-8", data)
	return nil
}
