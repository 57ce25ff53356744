package values

import (
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A Page is one page of the values of a user or a group.
type Page struct {
	Query   string
	Rows    []Row
	Next    string
	Prev    string
	Total   int
	Shown   string
	Owner   string // user or group
	Only    string // own, for own values only
	Here    string
	Compare string // the address of the comparison with another user
	MaySet  bool
}

// A Row is one attribute of a user or a group.
type Row struct {
	Attribute sentence.Part
	Label     string
	Type      string
	Value     sentence.Value
	Chip      sentence.Chip
	Own       bool
	Window    string
	Why       string
	Key       string // identifies the row
	Edit      string // the address of the form; empty without the permission
	Editor    *Editor
	Drafted   []sentence.Part
}

// An Effective is an effective value with its attribute.
type Effective struct {
	directory.Effective
	Definition directory.Attribute
}

// NewPage selects the values that a page shows: by name, those that match the filter. It
// leaves out computed attributes.
func NewPage(q *pagekit.Request,
	owner string, list []directory.Effective, own func(directory.AttributeID) bool,
) (page Page, shown []Effective, err error) {
	page = Page{Query: strings.TrimSpace(q.Query.Get("q")), Owner: owner, Only: q.Query.Get("only")}
	attrs, err := q.Dir.Attributes(q.Context())
	if err != nil {
		return page, nil, err
	}
	byID := map[directory.AttributeID]*directory.Attribute{}
	for i := range attrs {
		byID[attrs[i].ID] = &attrs[i]
	}
	key := directory.Fold(page.Query)
	for _, e := range list {
		a, ok := byID[e.Attribute]
		if !ok || a.ID.Computed() || page.Only == "own" && !own(a.ID) {
			continue
		}
		if key == "" || strings.Contains(a.Name, key) || strings.Contains(directory.Fold(a.Label), key) {
			shown = append(shown, Effective{e, *a})
		}
	}
	slices.SortFunc(shown, func(a, b Effective) int { return strings.Compare(a.Definition.Name, b.Definition.Name) })
	page.Total = len(shown)
	from, to := q.Slice(len(shown), &page.Prev, &page.Next)
	page.Shown = pagekit.RangeText(from, to, len(shown))
	return page, shown[from:to], nil
}

// NewRow returns an attribute and its effective value as a row.
func NewRow(q *pagekit.Request, a *directory.Attribute, e *directory.Effective) Row {
	return Row{
		Attribute: sentence.Named(a.Name, q.To("attributes", a.Name)), Label: a.Label, Type: string(a.Type), Key: a.Name,
		Value: sentence.EffectiveValue(a, e, q.Language), Chip: q.Names.Chip(e),
	}
}

// WindowNote says when a window is open; empty if it always is.
func WindowNote(q *pagekit.Request, w directory.Window) string {
	if w.Always() {
		return ""
	}
	text := strings.TrimPrefix(sentence.WindowText(w), " ")
	if !w.InForce(q.PageTime()) {
		text += " (not in force)"
	}
	return text
}
