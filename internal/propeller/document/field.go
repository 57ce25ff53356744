package document

import (
	"time"

	"cohort/internal/propeller/schema"
)

// A fieldForm is the form of a field in JSON.
type fieldForm uint8

const (
	formText fieldForm = iota
	formKey            // a text that may be sent as a whole number
	formCode           // a text that may be sent as any number
	formDate           // a day in one of several notations
)

// A Field is a member of an object that only this format knows. It is stored as a text. The
// default is not stored, so writing it back changes nothing.
type Field struct {
	Name     string
	Standard string
	form     fieldForm
	enum     []string
	maxLen   int
	ifSet    bool // shown only if there is a value
}

// Lengths of texts, in characters.
const (
	LineLen  = 255
	notesLen = 10_000
)

func flag(name, standard string, values ...string) Field {
	return Field{Name: name, Standard: standard, enum: values}
}

func line(names ...string) []Field {
	list := make([]Field, len(names))
	for i, name := range names {
		list[i] = Field{Name: name, maxLen: LineLen}
	}
	return list
}

// keys returns fields of one line that clients also send as numbers.
func keys(names ...string) []Field {
	list := line(names...)
	for i := range list {
		list[i].form = formKey
	}
	return list
}

func (f Field) shape() *schema.Shape {
	switch {
	case f.enum != nil:
		return schema.OneOf(f.enum...)
	case f.form == formKey:
		return schema.Key(f.maxLen)
	case f.form == formCode:
		return &schema.Shape{Types: []schema.Type{schema.String, schema.Number}, MaxLen: f.maxLen}
	case f.form == formDate:
		return &schema.Shape{Types: []schema.Type{schema.String}, Pattern: "dd/mm/yyyy", Fits: func(s string) bool {
			_, ok := parseDay(s)
			return ok
		}}
	}
	return schema.Text(f.maxLen)
}

// text returns the text to store for a value.
func (f Field) text(n *schema.Node) string {
	if f.form == formDate {
		day, _ := parseDay(n.Text)
		return day
	}
	return n.Text
}

// Show renders the stored value or the default.
func (f Field) Show(kept map[string]string) any {
	text, ok := kept[f.Name]
	if !ok {
		text = f.Standard
	}
	if f.form == formDate {
		return showDay(text)
	}
	return text
}

// ShowFields renders the visible fields into the body of an object.
func ShowFields(body map[string]any, fields []Field, kept map[string]string) {
	for _, f := range fields {
		if kept[f.Name] != "" || !f.ifSet {
			body[f.Name] = f.Show(kept)
		}
	}
}

// parseDay reads a day as 28/08/1993, as 1993-08-28 or as it is shown, and returns it as
// 1993-08-28. The empty text is not a day.
func parseDay(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	for _, layout := range []string{"02/01/2006", time.DateOnly, dayShown} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

const dayShown = "January, 02 2006 15:04:05 -0700"

func showDay(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return t.Format(dayShown)
}

// Given returns the fields that an object names, as they are stored.
func Given(fields []Field, n *schema.Node) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if m, ok := n.Members[f.Name]; ok {
			out[f.Name] = f.text(m)
		}
	}
	return out
}

// Merge sets the given fields over the stored ones and drops defaults.
func Merge(fields []Field, kept, given map[string]string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		text, ok := given[f.Name]
		if !ok {
			text, ok = kept[f.Name]
		}
		if ok && text != f.Standard {
			out[f.Name] = text
		}
	}
	return out
}

// ShapesOf returns the shapes of fields by name.
func ShapesOf(fields []Field) map[string]*schema.Shape {
	out := map[string]*schema.Shape{}
	for _, f := range fields {
		out[f.Name] = f.shape()
	}
	return out
}
