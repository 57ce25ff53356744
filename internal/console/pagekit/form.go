package pagekit

import (
	"net/http"
	"strings"
	"time"

	"cohort/internal/directory"
)

const timeForm = "2006-01-02T15:04"

// A Field is a field of a form that was sent.
type Field struct{ Name, Value string }

// MaxForm limits the bytes of a form.
const MaxForm = 1 << 20

// A Choice is an option of a form.
type Choice struct {
	ID, Name string
	Chosen   bool
}

// A Form is a form that was refused: what was typed, and what is wrong.
type Form struct {
	Field, Problem string
	Typed          map[string]string
}

// TypedLines returns a field of the form that has several lines.
func (q *Request) TypedLines(field string) string {
	return strings.TrimSpace(strings.ReplaceAll(q.R.PostForm.Get(field), "\r\n", "\n"))
}

// Typed returns a field of the form.
func (q *Request) Typed(field string) string { return strings.TrimSpace(q.R.PostForm.Get(field)) }

// ProblemOf returns the field that an error names, and what is wrong with it.
func ProblemOf(err error) (field, text string) {
	page := NewErrorPage(err)
	if e, ok := AsError(err); ok {
		field = e.Field
	}
	return field, page.Text
}

// TimeField formats an instant for a form; 0 is empty.
func TimeField(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(timeForm)
}

// ParseTimeField parses the date and time of a form; an empty text is 0.
func ParseTimeField(field, text string) (directory.Instant, error) {
	if text == "" {
		return 0, nil
	}
	for _, form := range []string{timeForm, timeForm + ":05", time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return directory.InstantOf(t), nil
		}
	}
	return 0, directory.Invalid(field, "must be a date and a time in UTC, such as 2027-01-31T08:00")
}

// ParseForm reads the form of the request, within the limit of its size.
func (q *Request) ParseForm() error {
	q.R.Body = http.MaxBytesReader(q.W, q.R.Body, MaxForm)
	if err := q.R.ParseForm(); err != nil {
		return directory.Malformed("form", "cannot be read")
	}
	return nil
}

// Choices returns the options of a form, from pairs of a value and a text.
func Choices(chosen string, pairs ...string) (list []Choice) {
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, Choice{pairs[i], pairs[i+1], pairs[i] == chosen})
	}
	return list
}

// TypedOr returns a field of the form, or other if no form was sent.
func (q *Request) TypedOr(field, other string) string {
	if q.R.PostForm.Has(field) {
		return q.Typed(field)
	}
	return other
}

// Form returns what was typed and refused on this page; empty if nothing was.
func (q *Request) Form() Form {
	f := Form{Typed: map[string]string{}}
	if q.Problem == nil {
		return f
	}
	f.Field, f.Problem = ProblemOf(q.Problem)
	for name := range q.R.PostForm {
		f.Typed[name] = q.R.PostForm.Get(name)
	}
	return f
}
