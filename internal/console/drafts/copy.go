package drafts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"cohort/internal/console/draft"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
)

// A draftForm is a format in which the draft can be copied.
type draftForm struct {
	Name   string
	Href   string
	Text   string
	Unsaid [][]sentence.Part // edits that the format cannot express
	Apply  string            // the command that applies the file
	File   string            // the address of the file
	Long   bool              // whether it is too long for a page, so that only the file has it
}

// maxCopied limits the bytes of a format on a page.
const maxCopied = 20 << 10

// draftForms lists the formats in which the draft can be copied, and renders the requested
// one.
func draftForms(q *pagekit.Request, page *draftPage, d *draft.Draft) error {
	makers := map[string]func(*pagekit.Request, *draft.Draft) (draftForm, error){
		"cli": draftAsCommand, "json": draftAsJSON, "yaml": draftAsYAML,
	}
	for _, form := range []struct{ as, name string }{{"cli", "command line"}, {"json", "JSON"}, {"yaml", "YAML"}} {
		page.Forms = append(page.Forms, draftForm{Name: form.name, Href: q.With("as", form.as) + "#copy"})
		if q.Query.Get("as") != form.as {
			continue
		}
		made, err := makers[form.as](q, d)
		if err != nil {
			return err
		}
		made.Name = form.name
		if made.Long = len(made.Text) > maxCopied; made.Long {
			made.Text = ""
		}
		page.Form = &made
	}
	return nil
}

func draftAsCommand(q *pagekit.Request, d *draft.Draft) (draftForm, error) {
	f, err := draftAsJSON(q, d)
	if len(f.Text) > maxCopied {
		return f, err
	}
	f.Text, f.Apply = "cohort apply - <<'END'\n"+f.Text+"\nEND", ""
	return f, err
}

func draftAsJSON(q *pagekit.Request, d *draft.Draft) (draftForm, error) {
	text, err := editsJSON(q, d)
	return draftForm{Text: text, Apply: "cohort apply " + jsonFile, File: pagekit.Link(pagekit.Root, "draft", "files",
		jsonFile)}, err
}

// draftAsYAML returns the draft as declared state: what would differ, by name, if it were
// committed now.
func draftAsYAML(q *pagekit.Request, d *draft.Draft) (draftForm, error) {
	f := draftForm{Apply: "cohort apply " + yamlFile, File: pagekit.Link(pagekit.Root, "draft", "files", yamlFile)}
	edits := d.Edits()
	live, err := intake.ReadAbout(q.Context(), q.Call.Dir, edits)
	if err != nil {
		return f, err
	}
	out := desired.Edited(live, edits)
	state, left := desired.Difference(live, out.Live)
	state.Unmanaged = true
	for _, i := range out.Unsaid {
		f.Unsaid = append(f.Unsaid, q.Names.Edit(edits[i], edits))
	}
	for _, l := range left {
		f.Unsaid = append(f.Unsaid, sentence.Parts(sentence.Say(fmt.Sprintf("The %s ", l.Kind)), sentence.Part{Text: l.Name,
			Kind: "value"},
			sentence.Say(": "+l.Why)))
	}
	if out.Misfits != "" {
		f.Apply += " --misfits " + string(out.Misfits)
	}
	types := map[string]directory.Type{}
	for i := range live.Attributes {
		types[live.Attributes[i].Name] = live.Attributes[i].Type
	}
	var b strings.Builder
	b.WriteString("# What the draft changes, as declared state: " + f.Apply +
		"\n# No set manages what is named here; give it a set to keep it in files.\n")
	if len(f.Unsaid) > 0 {
		b.WriteString("#\n# Not in this file, because declared state cannot say it:\n")
	}
	for _, line := range f.Unsaid {
		b.WriteString("# - " + oneLine(line) + "\n")
	}
	err = declared.Write(&b, state, types)
	f.Text = strings.TrimSpace(b.String())
	return f, err
}

// The names of the files that have the draft.
const (
	jsonFile = "draft.json"
	yamlFile = "draft.yaml"
)

// draftFile sends the draft as a file.
func draftFile(q *pagekit.Request) error {
	name := q.R.PathValue("copy")
	makers := map[string]func(*pagekit.Request, *draft.Draft) (draftForm, error){
		jsonFile: draftAsJSON, yamlFile: draftAsYAML,
	}
	if makers[name] == nil {
		return directory.NotFound("file", name)
	}
	d, err := q.Draft()
	if err != nil {
		return err
	}
	f, err := makers[name](q, d)
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	httpkit.WriteBody(q.W, http.StatusOK, "text/plain; charset=utf-8", []byte(f.Text+"\n"))
	return nil
}

// oneLine returns a sentence as one line of a comment.
func oneLine(sentence []sentence.Part) string {
	var b strings.Builder
	for _, p := range sentence {
		b.WriteString(p.Text)
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// editsJSON returns the draft as cohort apply and the native API accept it, without hidden
// values.
func editsJSON(q *pagekit.Request, d *draft.Draft) (string, error) {
	edits := d.Edits()
	for i, edit := range edits {
		edits[i] = withoutSecret(q, edit)
	}
	b, err := q.EncodeEdits(edits)
	if err != nil {
		return "", err
	}
	var indented strings.Builder
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return "", err
	}
	e := json.NewEncoder(&indented)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(v)
	return strings.TrimSpace(indented.String()), err
}

func withoutSecret(q *pagekit.Request, edit directory.Edit) directory.Edit {
	hidden := func(id directory.AttributeID) bool {
		a, err := q.Dir.Attribute(q.Context(), id)
		return err != nil || a.Hidden
	}
	left := directory.Value{Text: "(hidden)"}
	switch e := edit.(type) {
	case directory.SetGroupValue:
		if hidden(e.Attribute) {
			e.Value = left
		}
		return e
	case directory.SetUserValue:
		if hidden(e.Attribute) {
			e.Value = left
		}
		return e
	}
	return edit
}
