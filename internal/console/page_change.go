package console

import (
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// A changeLine is a change in a list.
type changeLine struct {
	Revision int64
	Href     string
	At       directory.Instant
	Who      part
	Behind   part // who stands behind a sudo
	Via      string
	Comment  string
	Edits    [][]part // the first few
	More     int
	Forgot   bool
	Erased   int
}

const editsShown = 3 // of a change, in a list

func (q *request) changeLines(list []directory.CommittedChange) []changeLine {
	lines := make([]changeLine, len(list))
	for i := range list {
		lines[i] = q.changeLine(&list[i], editsShown)
	}
	return lines
}

func (q *request) changeLine(c *directory.CommittedChange, most int) changeLine {
	line := changeLine{
		Revision: int64(c.Revision), Href: q.to("changes", itoa(c.Revision)), At: c.At, Who: q.names.user(c.Caller),
		Via: c.Dialect, Comment: c.Comment, Forgot: c.Forgot, Erased: c.Erased,
	}
	if c.Sudoer != 0 {
		line.Behind = q.names.user(c.Sudoer)
	}
	for i, e := range c.Edits {
		if i == most {
			line.More = len(c.Edits) - most
			break
		}
		line.Edits = append(line.Edits, q.names.edit(e, c.Edits))
	}
	return line
}

// A changesPage is a part of the history, newest first.
type changesPage struct {
	Changes []changeLine
	Filter  changeFilter
	Older   string
	Newest  string
	Of      string // whose history it is
}

// A changeFilter is what the form of the page holds.
type changeFilter struct {
	By, Request string
}

const changesShown = 25

func changes(q *request) error {
	query := directory.ChangeQuery{Newest: true, RequestID: q.query.Get("request")}
	filter := changeFilter{By: q.query.Get("by"), Request: query.RequestID}
	if filter.By != "" {
		found, err := q.findUsers(filter.By, 2)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return directory.Invalid("by", "must name exactly one user; %d match", len(found))
		}
		query.Caller = found[0].User.ID
	}
	page, err := q.history(query)
	if err != nil {
		return err
	}
	page.Filter = filter
	return q.show("changes", frame{
		Title: "Changes", Section: "changes", Data: page, Calls: q.calls().cli("log").native("changes").list,
	})
}

// history loads a page of changes from where the parameter before says.
func (q *request) history(query directory.ChangeQuery) (page changesPage, err error) {
	if text := q.query.Get("before"); text != "" {
		before, err := strconv.ParseInt(text, 10, 64)
		if err != nil || before < 1 {
			return page, directory.Malformed("before", "must be a revision")
		}
		query.Before = directory.Revision(before)
		page.Newest = q.with("before", "")
	}
	query.Limit, query.Newest = changesShown+1, true
	list, err := history.Changes(q.ctx(), q.dir, query)
	if err != nil {
		return page, err
	}
	if len(list) > changesShown {
		list = list[:changesShown]
		page.Older = q.with("before", itoa(list[changesShown-1].Revision))
	}
	page.Changes = q.changeLines(list)
	return page, nil
}

// A changePage is one change in full.
type changePage struct {
	changeLine
	RequestID string
	ChangeID  string
	Rows      []render.RowChange // before and after, in the names of then
	MoreRows  int
	Effects   *effectsView
	May       bool // revert it
	Form      form
}

// by says who made the change, for whom, and through what.
func (c *changePage) by() []part {
	who := parts(c.Who)
	if c.Behind.Text != "" {
		who = append(who, say(", for whom "), c.Behind, say(" acted,"))
	}
	return append(who, say(" by "+c.Via))
}

const editsOnPage = 200

func change(q *request) error {
	rev, err := strconv.ParseInt(q.r.PathValue("revision"), 10, 64)
	if err != nil || rev < 1 {
		return &httpkit.RouteError{Status: 404}
	}
	c, err := history.Change(q.ctx(), q.dir, directory.Revision(rev))
	if err != nil {
		return err
	}
	page := changePage{changeLine: q.changeLine(&c, editsOnPage), ChangeID: c.ChangeID}
	page.RequestID, _ = directory.SplitRequestIDs(c.RequestID)
	page.May, page.Form = q.mayChange(directory.SeeHistory) && !c.Forgot && rev > 1, q.form()
	if err := q.rowsOf(&page, c.Revision); err != nil {
		return err
	}
	if page.Effects, err = q.effectsOf(c.Revision); err != nil {
		return err
	}
	var done *notice
	if q.query.Get("done") != "" {
		done = &notice{Tone: "positive", Text: "Committed as change " + number(itoa(c.Revision)) + "."}
	}
	f := frame{
		Notice: done, Title: "Change " + number(itoa(c.Revision)), Section: "changes", Path: parts(named("Changes",
			q.to("changes"))),
		Data: page, Calls: q.calls().native("changes/" + itoa(c.Revision)).list, Description: c.Comment,
		Facts: []fact{{Parts: page.by()}, {Parts: parts(say(c.At.Time().Format("2 January 2006, 15:04:05 UTC")))}},
	}
	if page.RequestID != "" {
		f.Facts = append(f.Facts, fact{Label: "request", Copy: page.RequestID})
	}
	return q.show("change", f)
}

const changedRows = 60 // shown of a change

// rowsOf adds what a change did row by row. Erased and pruned changes are left out.
func (q *request) rowsOf(page *changePage, rev directory.Revision) error {
	rows, err := history.RowsOfChange(q.ctx(), q.dir, rev, nil, changedRows)
	if directory.KindOf(err) == directory.KindGone {
		return nil
	}
	if err != nil {
		return err
	}
	then := render.ThenOf(rows.Names)
	for _, w := range rows.Writes {
		page.Rows = append(page.Rows, render.RowChangeOf(w, then))
	}
	page.MoreRows = rows.Total - len(rows.Writes)
	return nil
}
