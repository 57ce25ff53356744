package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

// An editor is a form in place of a row: what is in it, and what is wrong.
type editor struct {
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
	Choices   []choice // of the values that are allowed
	Hint      string   // what is allowed, in words
	Field     string   // that is wrong
	Problem   string
	Cancel    string
}

// act serves a form of a page: what it asks for goes into the draft, and back to
// the page. A refusal is shown on the page, beside what was typed.
func act(page func(*request) error, edits func(*request) ([]directory.Edit, error)) func(*request) error {
	return func(q *request) error {
		q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxForm)
		if err := q.r.ParseForm(); err != nil {
			return directory.Malformed("form", "cannot be read")
		}
		list, err := edits(q)
		if err == nil && len(list) > 0 {
			err = q.addEdits(list)
		}
		switch kind := directory.KindOf(err); {
		case err == nil && len(list) > 0 && leads(list[0]):
			return q.see(Root + "/draft?preview=1")
		case err == nil:
			return q.see(q.with("edit", "", "new", ""))
		case kind == directory.KindInvalid, kind == directory.KindMalformed, kind == directory.KindConflict:
			q.problem = err
			return page(q)
		}
		return err
	}
}

// leads reports whether an edit is better looked at in the draft than where it
// was asked for.
func leads(edit directory.Edit) bool {
	switch e := edit.(type) {
	case directory.UpdateAttribute:
		return e.Type != nil || e.Rule != nil || e.Misfits != ""
	case directory.Revert, directory.DeleteUser, directory.DeleteGroup, directory.DeleteAttribute,
		directory.CreateUser, directory.CreateGroup, directory.CreateAttribute:
		return true
	}
	return false
}

// typedLines is a text of several lines that the form holds.
func (q *request) typedLines(field string) string {
	return strings.TrimSpace(strings.ReplaceAll(q.r.PostForm.Get(field), "\r\n", "\n"))
}

// typed is what the form holds.
func (q *request) typed(field string) string { return strings.TrimSpace(q.r.PostForm.Get(field)) }

// editorOf is the form for a value, as it is or as the draft has it.
func (q *request) editorOf(key string, a *directory.Attribute, has bool, v directory.Value,
	w directory.Window) *editor {
	rank := ""
	switch e := q.draftedEdit(key).(type) {
	case directory.SetUserValue:
		v, w = e.Value, windowOr(e.Window, w)
	case directory.SetGroupValue:
		v, w = e.Value, windowOr(e.Window, w)
		if e.Rank != nil {
			rank = itoa(*e.Rank)
		}
	}
	e := &editor{
		Attribute: a.Name, Type: string(a.Type), Has: has, Hidden: a.Hidden, Cancel: q.with("edit", ""),
		From: timeField(w.StartsAt), Until: timeField(w.ExpiresAt), Rank: rank,
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
	if q.problem != nil {
		e.Text, e.From, e.Until, e.Rank = q.r.PostForm.Get("value"), q.typed("from"), q.typed("until"), q.typed("rank")
		e.Field, e.Problem = problemOf(q.problem)
	}
	return e
}

// offer shows what the attribute's constraints allow.
func (e *editor) offer(a *directory.Attribute) {
	e.Hint = constraintText(&a.Constraints)
	if len(a.Allowed) == 0 || a.Hidden {
		return
	}
	if e.Kind == "text" {
		e.Kind = "choice"
	}
	for _, v := range a.Allowed {
		e.Choices = append(e.Choices, choice{v.Value, cmp.Or(v.Label, v.Value), v.Value == e.Text})
	}
}

func windowOr(w *directory.Window, old directory.Window) directory.Window {
	if w != nil {
		return *w
	}
	return old
}

func problemOf(err error) (field, text string) {
	page := errorPageOf(err)
	if e, ok := asError(err); ok {
		field = e.Field
	}
	return field, page.Text
}

const timeForm = "2006-01-02T15:04"

func timeField(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(timeForm)
}

func parseTimeField(field, text string) (directory.Instant, error) {
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

// typedValue is the value in the form, in the directory's language; those in
// other languages stay.
func (q *request) typedValue(a *directory.Attribute, old directory.Value) (directory.Value, error) {
	return q.valueFrom(a, old, q.r.PostForm.Get("value"))
}

// valueFrom is the value that a text means, one element of a list a line.
func (q *request) valueFrom(a *directory.Attribute, old directory.Value, text string) (directory.Value, error) {
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

// typedWindow is the window in the form; nil if it is the one that is there.
func (q *request) typedWindow(old directory.Window) (*directory.Window, error) {
	from, err := parseTimeField("from", q.typed("from"))
	if err != nil {
		return nil, err
	}
	until, err := parseTimeField("until", q.typed("until"))
	if err != nil {
		return nil, err
	}
	w, err := directory.ParseWindow(from, until)
	if err != nil || w == old {
		return nil, err
	}
	return &w, nil
}

func (q *request) typedRank() (*int, error) {
	text := q.typed("rank")
	if text == "" {
		return nil, nil //nolint:nilnil // no rank is asked for
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return nil, directory.Invalid("rank", "must be a number from 1, the strongest")
	}
	return &n, nil
}

// typedAttribute is the attribute that the form names.
func (q *request) typedAttribute() (directory.Attribute, error) {
	return q.dir.AttributeByName(q.ctx(), strings.ToLower(q.typed("attribute")))
}

// A setting is what the form of a value asks for: another value, or none.
type setting struct {
	attribute directory.AttributeID
	remove    bool
	value     directory.Value
	window    *directory.Window // nil leaves it
	rank      *int              // nil leaves it
}

// typedSetting is what the form of a value says. Stored is what the owner has of
// the attribute now, or nil.
func (q *request) typedSetting(stored func(directory.AttributeID) (*directory.Value, directory.Window,
	error)) (s setting, err error) {
	a, err := q.typedAttribute()
	if err != nil {
		return s, err
	}
	s.attribute = a.ID
	if q.typed("do") == "remove" {
		s.remove = true
		return s, nil
	}
	old, window, err := stored(a.ID)
	if err != nil {
		return s, err
	}
	if old == nil {
		old = &directory.Value{}
	}
	if s.value, err = q.typedValue(&a, *old); err != nil {
		return s, err
	}
	if s.window, err = q.typedWindow(window); err != nil {
		return s, err
	}
	s.rank, err = q.typedRank()
	return s, err
}

// editUserValue sets or removes a user's own value.
func editUserValue(q *request) ([]directory.Edit, error) {
	id, err := q.pathUserID()
	if err != nil {
		return nil, err
	}
	s, err := q.typedSetting(func(a directory.AttributeID) (*directory.Value, directory.Window, error) {
		v, _, err := q.userValue(id, a)
		if err != nil || v == nil {
			return nil, directory.Window{}, err
		}
		return &v.Value, v.Window, nil
	})
	if s.remove {
		return []directory.Edit{directory.DeleteUserValue{User: id, Attribute: s.attribute}}, err
	}
	return []directory.Edit{directory.SetUserValue{User: id, Attribute: s.attribute, Value: s.value, Window: s.window}},
		err
}

// editGroupValue sets or removes a group's value.
func editGroupValue(q *request) ([]directory.Edit, error) {
	id, err := q.pathGroupID()
	if err != nil {
		return nil, err
	}
	s, err := q.typedSetting(func(a directory.AttributeID) (*directory.Value, directory.Window, error) {
		v, _, err := q.groupValue(id, a)
		if err != nil || v == nil {
			return nil, directory.Window{}, err
		}
		return &v.Value, v.Window, nil
	})
	if s.remove {
		return []directory.Edit{directory.DeleteGroupValue{Group: id, Attribute: s.attribute}}, err
	}
	return []directory.Edit{directory.SetGroupValue{Group: id, Attribute: s.attribute, Value: s.value, Window: s.window,
		Rank: s.rank}}, err
}

// editRank moves a group's value in the order of rank. A value that the draft
// changes already keeps that change.
func editRank(q *request) ([]directory.Edit, error) {
	a, err := q.dir.AttributeByName(q.ctx(), strings.ToLower(q.r.PathValue("attribute")))
	if err != nil {
		return nil, err
	}
	group, err := directory.ParseID[directory.GroupID]("group", q.typed("group"))
	if err != nil {
		return nil, err
	}
	rank, err := q.typedRank()
	if err != nil {
		return nil, err
	}
	if rank == nil {
		return nil, directory.Missing("rank")
	}
	v, _, err := q.groupValue(group, a.ID)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, directory.NotFound("value", a.Name)
	}
	if a.Hidden {
		return nil, directory.Invalid("rank",
			"of a hidden value moves only with the value: set it anew on the group's page, with its rank")
	}
	edit := directory.SetGroupValue{Group: group, Attribute: a.ID, Value: v.Value, Rank: rank}
	d, err := q.draft()
	if err != nil {
		return nil, err
	}
	for _, e := range d.Entries {
		if old, ok := e.Edits[0].(directory.SetGroupValue); ok && old.Group == group && old.Attribute == a.ID {
			edit.Value, edit.Window = old.Value, old.Window
		}
	}
	return []directory.Edit{edit}, nil
}

// one finds the one user or group that a form names.
func one[T any](field, text string, found []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(found) == 0:
		return none, directory.Invalid(field, "%q is nobody's and nothing's name; type the beginning of a name, or an id",
			text)
	case len(found) > 1:
		return none, directory.Invalid(field, "%q fits several; type more of it, or the id", text)
	}
	return found[0], nil
}

func (q *request) typedUser(field string) (directory.UserID, error) {
	found, err := q.findUsers(q.typed(field), 2)
	u, err := one(field, q.typed(field), found, err)
	return u.User.ID, err
}

func (q *request) typedGroup(field string) (directory.GroupID, error) {
	text := q.typed(field)
	found, err := q.findGroups(text, 40)
	exact := slices.IndexFunc(found,
		func(g directory.Group) bool { return directory.Fold(g.Name) == directory.Fold(text) })
	if exact >= 0 && !slices.ContainsFunc(found[exact+1:],
		func(g directory.Group) bool { return directory.Fold(g.Name) == directory.Fold(text) }) {
		found = found[exact : exact+1]
	}
	g, err := one(field, text, found, err)
	return g.ID, err
}
