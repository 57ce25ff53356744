package drafts

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/console/changes"
	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// A draftPage is the draft of a person.
type draftPage struct {
	Entries   []draftLine
	Shown     string // which entries the page shows
	Prev      string
	Next      string
	Version   int64
	Conflicts int
	Edits     int
	Comment   string
	Problem   string
	Field     string
	Done      string   // address of the change that was just committed, if its reverts left something out
	LeftOut   []string // what the reverts left out
	Preview   *changes.Preview
	Previewed bool   // whether it was asked for
	Ask       string // the address of the preview
	Forms     []draftForm
	Form      *draftForm // the form that is shown
}

// A draftLine is an entry in the draft.
type draftLine struct {
	Key      string
	Sentence []sentence.Part
	More     [][]sentence.Part
	Conflict *conflict
}

// A conflict says how the field of an entry has changed since the entry was written.
type conflict struct {
	Was, Now string
	By       []sentence.Part
}

func showDraft(q *pagekit.Request) error { return show(q, http.StatusOK, "", nil) }

// show answers with the draft, and what is wrong with it.
func show(q *pagekit.Request, status int, comment string, problem error) error {
	d, err := q.Draft()
	if err != nil {
		return err
	}
	page := draftPage{Version: d.Version, Comment: comment, Edits: d.Count(), Ask: pagekit.Root + "/draft?preview=1"}
	if problem != nil {
		page.Field, page.Problem = pagekit.ProblemOf(problem)
	}
	if err := draftLines(q, &page, d); err != nil {
		return err
	}
	if page.Edits > 0 {
		if err := draftForms(q, &page, d); err != nil {
			return err
		}
	}
	if page.Edits > 0 && (q.Query.Get("preview") != "" || problem != nil) {
		page.Previewed = true
		page.Preview = preview(q, d)
	}
	return q.ShowAs(status, "draft", pagekit.Frame{Title: "Draft", Section: "draft", Data: page})
}

// draftLines adds the entries of a page, those in conflict first.
func draftLines(q *pagekit.Request, page *draftPage, d *draft.Draft) error {
	moved, err := moved(q, d)
	if err != nil {
		return err
	}
	page.Conflicts = len(moved)
	order := slices.Sorted(maps.Keys(moved))
	for i := range d.Entries {
		if _, is := moved[i]; !is {
			order = append(order, i)
		}
	}
	from, to := q.Slice(len(order), &page.Prev, &page.Next)
	page.Shown = pagekit.RangeText(from, to, len(order))
	for _, i := range order[from:to] {
		e := &d.Entries[i]
		line := draftLine{Key: draft.KeyOf(e.Edits[0]), Sentence: q.Names.Edit(e.Edits[0], e.Edits)}
		for _, more := range e.Edits[1:] {
			line.More = append(line.More, q.Names.Edit(more, e.Edits))
		}
		if now, is := moved[i]; is {
			line.Conflict = &conflict{Was: e.Before, Now: now, By: lastChangeOf(q, e.Edits[0])}
		}
		page.Entries = append(page.Entries, line)
	}
	return nil
}

// moved returns the entries whose field has changed since they were written, each with its
// current state.
func moved(q *pagekit.Request, d *draft.Draft) (map[int]string, error) {
	if err := readTogether(q, d); err != nil {
		return nil, err
	}
	list := map[int]string{}
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Before == "" {
			continue
		}
		now, _, err := drafting.Stored(q, e.Edits[0])
		if err != nil {
			return nil, err
		}
		if now != e.Before {
			list[i] = now
		}
	}
	return list, nil
}

// readTogether reads all users of a draft with one query, so that later reads find them in
// memory.
func readTogether(q *pagekit.Request, d *draft.Draft) error {
	var ids directory.UsersByID
	for i := range d.Entries {
		switch e := d.Entries[i].Edits[0].(type) {
		case directory.UpdateUser:
			ids = append(ids, e.User)
		case directory.SetUserRoles:
			ids = append(ids, e.User)
		case directory.SetUserValue:
			ids = append(ids, e.User)
		case directory.DeleteUserValue:
			ids = append(ids, e.User)
		}
	}
	if len(ids) < 2 {
		return nil
	}
	_, _, err := q.Dir.Users(q.Context(), directory.UserQuery{Where: ids, Uncounted: true})
	return err
}

// lastChangeOf says who last changed the object of an edit, if the person may know.
func lastChangeOf(q *pagekit.Request, edit directory.Edit) []sentence.Part {
	if !q.May(directory.SeeHistory) {
		return nil
	}
	var object directory.Object
	switch e := edit.(type) {
	case directory.SetGroupValue:
		object = e.Group.Object()
	case directory.DeleteGroupValue:
		object = e.Group.Object()
	case directory.SetUserValue:
		object = e.User.Object()
	case directory.DeleteUserValue:
		object = e.User.Object()
	case directory.UpdateUser:
		object = e.User.Object()
	case directory.UpdateGroup:
		object = e.Group.Object()
	case directory.UpdateAttribute:
		object = e.Attribute.Object()
	default:
		return nil
	}
	list, err := history.Changes(q.Context(), q.Dir, directory.ChangeQuery{Object: &object, Newest: true, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil
	}
	c := &list[0]
	return sentence.Parts(sentence.Say("by "), q.Names.User(c.Caller), sentence.Say(" ("),
		sentence.Named("change "+sentence.Number(sentence.Itoa(c.Revision)), q.To("changes", sentence.Itoa(c.Revision))),
		sentence.Say(")"))
}

// changeDraft removes an entry, or resolves a conflict.
func changeDraft(q *pagekit.Request) error {
	key := q.R.PostFormValue("key")
	err := drafting.Change(q, func(d *draft.Draft) error {
		switch q.R.PostFormValue("do") {
		case "drop", "theirs":
			d.Drop(key)
		case "clear":
			d.Clear()
		case "mine":
			e := d.Find(key)
			if e == nil {
				return nil
			}
			now, _, err := drafting.Stored(q, e.Edits[0])
			if err != nil {
				return err
			}
			e.Before = now
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Redirect(pagekit.Root + "/draft")
}

// commitDraft commits the draft.
func commitDraft(q *pagekit.Request) error {
	comment := strings.TrimSpace(q.R.PostFormValue("comment"))
	d, err := q.Draft()
	if err != nil {
		return err
	}
	if version, err := strconv.ParseInt(q.R.PostFormValue("version"), 10, 64); err != nil || version != d.Version {
		return show(q, http.StatusConflict, comment, drafting.ErrMoved)
	}
	if d.Count() == 0 {
		return q.Redirect(pagekit.Root + "/draft")
	}
	moved, err := moved(q, d)
	if err != nil {
		return err
	}
	if len(moved) > 0 {
		return show(q, http.StatusConflict, comment, &directory.Error{
			Kind: directory.KindStale, Msg: "something that the draft edits has changed since; resolve the conflicts first",
		})
	}
	token := q.R.PostFormValue("token")
	done, err := q.Live.Commit(q.Context(), directory.Change{Edits: d.Edits(), Comment: comment, Token: token,
		Strict: token != ""})
	switch kind := directory.KindOf(err); {
	case err == nil:
	case kind == directory.KindInternal, kind == directory.KindUnavailable, kind == directory.KindUnauthenticated,
		errors.Is(err, directory.ErrSignInAgain):
		return err
	default:
		return show(q, pagekit.NewErrorPage(err).Status, comment, inWords(err, token))
	}
	if err := drafting.Put(q, &draft.Draft{Version: d.Version}); err != nil {
		return err
	}
	if left := leftOut(done); len(left) > 0 && done.Changed {
		return q.ShowAs(http.StatusOK, "draft", pagekit.Frame{Title: "Draft", Section: "draft", Data: draftPage{
			Done: pagekit.Link(pagekit.Root, "changes", sentence.Itoa(done.Revision)), LeftOut: left,
		}})
	}
	if !done.Changed {
		return q.Redirect(pagekit.Root + "/draft")
	}
	return q.Redirect(pagekit.Link(pagekit.Root, "changes", sentence.Itoa(done.Revision)) + "?done=1")
}

// inWords explains the refusal of a preview token to a person, whose page then shows a new
// preview.
func inWords(err error, token string) error {
	e, ok := pagekit.AsError(err)
	if !ok || e.Kind != directory.KindStale || e.Field != "token" {
		return err
	}
	said := *e
	said.Field, said.Msg = "", "the preview is out of date; review the new one, then commit again"
	if token == "" {
		said.Msg = "it may affect so many that you have to review the preview first; then commit again"
	}
	return &said
}

// leftOut returns what the reverts of a change left out.
func leftOut(done directory.Committed) (list []string) {
	for _, r := range done.Results {
		list = append(list, r.Skipped...)
	}
	return list
}

// preview computes what the draft would do. A refusal is part of the result.
func preview(q *pagekit.Request, d *draft.Draft) *changes.Preview {
	p, err := q.Dir.Preview(q.Context(), directory.Change{Edits: d.Edits()})
	if err != nil {
		return &changes.Preview{Refused: pagekit.NewErrorPage(err).Text}
	}
	v := changes.NewPreview(q, &p)
	if n, err := q.Dir.CountGroups(q.Context()); err == nil {
		v.AllGroups = n - 1 // without All Users
	}
	return v
}
