package values

import (
	"cmp"
	"strconv"
	"strings"

	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// An Editor is a form in place of a row, with what was typed and what is wrong with it.
type Editor struct {
	Attribute string // the name of the attribute
	Type      string
	Kind      string // of the field: text, lines or yesno
	Text      string
	From      string
	Until     string
	Rank      string
	Group     bool // whether it has a rank
	Has       bool // whether there is a value to remove
	Hidden    bool
	Choices   []pagekit.Choice // of the values that are allowed
	Hint      string           // what is allowed, in words
	Field     string           // that is not accepted
	Problem   string
	Cancel    string
}

// NewEditor returns the form for a value, filled in from the draft or else from the directory.
func NewEditor(q *pagekit.Request, key string, a *directory.Attribute, has bool, v directory.Value,
	w directory.Window) *Editor {
	rank := ""
	switch e := drafting.EditOf(q, key).(type) {
	case directory.SetUserValue:
		v, w = e.Value, windowOr(e.Window, w)
	case directory.SetGroupValue:
		v, w = e.Value, windowOr(e.Window, w)
		if e.Rank != nil {
			rank = sentence.Itoa(*e.Rank)
		}
	}
	e := &Editor{
		Attribute: a.Name, Type: string(a.Type), Has: has, Hidden: a.Hidden, Cancel: q.With("edit", ""),
		From: pagekit.TimeField(w.StartsAt), Until: pagekit.TimeField(w.ExpiresAt), Rank: rank,
	}
	if !a.Hidden {
		e.Text, _ = v.In(q.Language)
	}
	switch a.Type {
	case directory.TypeYesNo:
		e.Kind = "yesno"
	case directory.TypeList, directory.TypeEnumList:
		e.Kind, e.Text = "lines", strings.Join(directory.SplitList(e.Text), "\n")
	default:
		e.Kind = "text"
	}
	e.offer(a)
	if q.Problem != nil {
		e.Text, e.From, e.Until, e.Rank = q.R.PostForm.Get("value"), q.Typed("from"), q.Typed("until"), q.Typed("rank")
		e.Field, e.Problem = pagekit.ProblemOf(q.Problem)
	}
	return e
}

// offer adds the values that the attribute allows.
func (e *Editor) offer(a *directory.Attribute) {
	e.Hint = sentence.ConstraintText(&a.Constraints)
	if len(a.Allowed) == 0 || a.Hidden {
		return
	}
	if e.Kind == "text" {
		e.Kind = "choice"
	}
	for _, v := range a.Allowed {
		e.Choices = append(e.Choices, pagekit.Choice{ID: v.Value, Name: cmp.Or(v.Label, v.Value), Chosen: v.Value == e.Text})
	}
}

func windowOr(w *directory.Window, old directory.Window) directory.Window {
	if w != nil {
		return *w
	}
	return old
}

// TypedValue returns the value in the form, in the directory's language. Texts in other
// languages stay.
func TypedValue(q *pagekit.Request, a *directory.Attribute, old directory.Value) (directory.Value, error) {
	return ValueFrom(q, a, old, q.R.PostForm.Get("value"))
}

// ValueFrom parses a value. A list has one element per line.
func ValueFrom(q *pagekit.Request, a *directory.Attribute, old directory.Value, text string) (directory.Value, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if a.Type == directory.TypeList || a.Type == directory.TypeEnumList {
		var elements []string
		for line := range strings.SplitSeq(text, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				elements = append(elements, line)
			}
		}
		text = directory.JoinList(elements)
	}
	if err := directory.NewFit(a).Check("value", text); err != nil {
		return directory.Value{}, err
	}
	if a.Type.Localized() {
		return old.With(q.Language, text), nil
	}
	return directory.Value{Text: text}, nil
}

// TypedWindow returns the window in the form; nil if it has not changed.
func TypedWindow(q *pagekit.Request, old directory.Window) (*directory.Window, error) {
	from, err := pagekit.ParseTimeField("from", q.Typed("from"))
	if err != nil {
		return nil, err
	}
	until, err := pagekit.ParseTimeField("until", q.Typed("until"))
	if err != nil {
		return nil, err
	}
	w, err := directory.ParseWindow(from, until)
	if err != nil || w == old {
		return nil, err
	}
	return &w, nil
}

// TypedRank returns the rank in the form; nil if none is asked for.
func TypedRank(q *pagekit.Request) (*int, error) {
	text := q.Typed("rank")
	if text == "" {
		return nil, nil //nolint:nilnil // no rank is asked for
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return nil, directory.Invalid("rank", "must be a number from 1, the strongest")
	}
	return &n, nil
}

// typedAttribute returns the attribute that the form names.
func typedAttribute(q *pagekit.Request) (directory.Attribute, error) {
	return q.Dir.AttributeByName(q.Context(), strings.ToLower(q.Typed("attribute")))
}

// A Setting is what the form of a value asks for: a new value, or its removal.
type Setting struct {
	Attribute directory.AttributeID
	Remove    bool
	Value     directory.Value
	Window    *directory.Window // nil leaves it unchanged
	Rank      *int              // nil leaves it unchanged
}

// TypedSetting parses the form of a value. The function stored returns the owner's current
// value, or nil.
func TypedSetting(q *pagekit.Request, stored func(directory.AttributeID) (*directory.Value, directory.Window,
	error)) (s Setting, err error) {
	a, err := typedAttribute(q)
	if err != nil {
		return s, err
	}
	s.Attribute = a.ID
	if q.Typed("do") == "remove" {
		s.Remove = true
		return s, nil
	}
	old, window, err := stored(a.ID)
	if err != nil {
		return s, err
	}
	if old == nil {
		old = &directory.Value{}
	}
	if s.Value, err = TypedValue(q, &a, *old); err != nil {
		return s, err
	}
	if s.Window, err = TypedWindow(q, window); err != nil {
		return s, err
	}
	s.Rank, err = TypedRank(q)
	return s, err
}
