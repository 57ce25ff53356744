package console

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// A draftPage is the change that somebody prepares.
type draftPage struct {
	Entries   []draftLine
	Shown     string // which of them
	Prev      string
	Next      string
	Version   int64
	Conflicts int
	Edits     int
	Comment   string
	Problem   string
	Field     string
	Done      string   // the change that was just made, if something was left out of it
	LeftOut   []string // what
	Preview   *previewView
	Previewed bool   // whether it was asked for
	Ask       string // the address of the preview
	Forms     []draftForm
	Form      *draftForm // the one that is shown
}

// A draftLine is an entry in the draft.
type draftLine struct {
	Key      string
	Sentence []part
	More     [][]part
	Conflict *conflict
}

// A conflict is an entry whose field has changed meanwhile.
type conflict struct {
	Was, Now string
	By       []part
}

func showDraft(q *request) error { return q.draftPage(http.StatusOK, "", nil) }

// draftPage shows the draft, and what is wrong with it.
func (q *request) draftPage(status int, comment string, problem error) error {
	d, err := q.draft()
	if err != nil {
		return err
	}
	page := draftPage{Version: d.Version, Comment: comment, Edits: d.Count(), Ask: Root + "/draft?preview=1"}
	if problem != nil {
		page.Field, page.Problem = problemOf(problem)
	}
	if err := q.draftLines(&page, d); err != nil {
		return err
	}
	if page.Edits > 0 {
		if err := q.draftForms(&page, d); err != nil {
			return err
		}
	}
	if page.Edits > 0 && (q.query.Get("preview") != "" || problem != nil) {
		page.Previewed = true
		page.Preview = q.preview(d)
	}
	return q.showAs(status, "draft", frame{Title: "Draft", Section: "draft", Data: page})
}

// draftLines are the entries of a page, those in conflict first.
func (q *request) draftLines(page *draftPage, d *draft.Draft) error {
	moved, err := q.moved(d)
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
	from, to := q.slice(len(order), &page.Prev, &page.Next)
	page.Shown = rangeText(from, to, len(order))
	for _, i := range order[from:to] {
		e := &d.Entries[i]
		line := draftLine{Key: draft.KeyOf(e.Edits[0]), Sentence: q.names.edit(e.Edits[0], e.Edits)}
		for _, more := range e.Edits[1:] {
			line.More = append(line.More, q.names.edit(more, e.Edits))
		}
		if now, is := moved[i]; is {
			line.Conflict = &conflict{Was: e.Before, Now: now, By: q.lastChangeOf(e.Edits[0])}
		}
		page.Entries = append(page.Entries, line)
	}
	return nil
}

// moved are the entries whose field has changed meanwhile, and what is there now.
func (q *request) moved(d *draft.Draft) (map[int]string, error) {
	if err := q.readTogether(d); err != nil {
		return nil, err
	}
	list := map[int]string{}
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Before == "" {
			continue
		}
		now, _, err := q.stored(e.Edits[0])
		if err != nil {
			return nil, err
		}
		if now != e.Before {
			list[i] = now
		}
	}
	return list, nil
}

// readTogether reads the users whose fields a draft is about in one go; they are then in
// memory.
func (q *request) readTogether(d *draft.Draft) error {
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
	_, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: ids, Uncounted: true})
	return err
}

// lastChangeOf says who changed last what an edit is about, if the person may
// know.
func (q *request) lastChangeOf(edit directory.Edit) []part {
	if !q.may(directory.SeeHistory) {
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
	list, err := history.Changes(q.ctx(), q.dir, directory.ChangeQuery{Object: &object, Newest: true, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil
	}
	c := &list[0]
	return parts(say("by "), q.names.user(c.Caller), say(" ("),
		named("change "+number(itoa(c.Revision)), q.to("changes", itoa(c.Revision))), say(")"))
}

// changeDraft takes an entry out, or settles a conflict.
func changeDraft(q *request) error {
	key := q.r.PostFormValue("key")
	err := q.change(func(d *draft.Draft) error {
		switch q.r.PostFormValue("do") {
		case "drop", "theirs":
			d.Drop(key)
		case "clear":
			d.Clear()
		case "mine":
			e := d.Find(key)
			if e == nil {
				return nil
			}
			now, _, err := q.stored(e.Edits[0])
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
	return q.see(Root + "/draft")
}

// commitDraft makes the change.
func commitDraft(q *request) error {
	comment := strings.TrimSpace(q.r.PostFormValue("comment"))
	d, err := q.draft()
	if err != nil {
		return err
	}
	if version, err := strconv.ParseInt(q.r.PostFormValue("version"), 10, 64); err != nil || version != d.Version {
		return q.draftPage(http.StatusConflict, comment, errDraftMoved)
	}
	if d.Count() == 0 {
		return q.see(Root + "/draft")
	}
	moved, err := q.moved(d)
	if err != nil {
		return err
	}
	if len(moved) > 0 {
		return q.draftPage(http.StatusConflict, comment, &directory.Error{
			Kind: directory.KindStale, Msg: "something that the draft changes was changed meanwhile; decide about it first",
		})
	}
	token := q.r.PostFormValue("token")
	done, err := q.dir.Commit(q.ctx(), directory.Change{Edits: d.Edits(), Comment: comment, Token: token,
		Strict: token != ""})
	switch kind := directory.KindOf(err); {
	case err == nil:
	case kind == directory.KindInternal, kind == directory.KindUnavailable, kind == directory.KindUnauthenticated,
		asProof(err):
		return err
	default:
		return q.draftPage(errorPageOf(err).Status, comment, inWords(err, token))
	}
	if err := q.keep(&draft.Draft{Version: d.Version}); err != nil {
		return err
	}
	if left := leftOut(done); len(left) > 0 && done.Changed {
		return q.showAs(http.StatusOK, "draft", frame{Title: "Draft", Section: "draft", Data: draftPage{
			Done: link(Root, "changes", itoa(done.Revision)), LeftOut: left,
		}})
	}
	if !done.Changed {
		return q.see(Root + "/draft")
	}
	return q.see(link(Root, "changes", itoa(done.Revision)) + "?done=1")
}

// inWords says what the refusal of a preview's token means to who looks at the draft:
// the page shows a new preview.
func inWords(err error, token string) error {
	e, ok := asError(err)
	if !ok || e.Kind != directory.KindStale || e.Field != "token" {
		return err
	}
	said := *e
	said.Field, said.Msg = "", "what decided the preview has changed since; look at the new one, and commit again if it "+
		"is meant"
	if token == "" {
		said.Msg = "it may affect so many that the preview has to be looked at first; commit again if it is meant"
	}
	return &said
}

// leftOut is what the reverts of a change have left out.
func leftOut(done directory.Committed) (list []string) {
	for _, r := range done.Results {
		list = append(list, r.Skipped...)
	}
	return list
}
