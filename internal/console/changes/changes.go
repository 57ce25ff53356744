package changes

import (
	"strconv"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// A Line is a change in a list.
type Line struct {
	Revision int64
	Href     string
	At       directory.Instant
	Who      sentence.Part
	Behind   sentence.Part // who impersonates the caller
	Via      string
	Comment  string
	Edits    [][]sentence.Part // the first few
	More     int
	Forgot   bool
	Erased   int
}

const editsShown = 3 // of a change, in a list

// Lines returns changes as lines of a list, each with its first edits.
func Lines(q *pagekit.Request, list []directory.CommittedChange) []Line {
	lines := make([]Line, len(list))
	for i := range list {
		lines[i] = NewLine(q, &list[i], editsShown)
	}
	return lines
}

// NewLine returns a change as a line, with at most limit of its edits.
func NewLine(q *pagekit.Request, c *directory.CommittedChange, limit int) Line {
	line := Line{
		Revision: int64(c.Revision), Href: q.To("changes", sentence.Itoa(c.Revision)), At: c.At, Who: q.Names.User(c.Caller),
		Via: c.Dialect, Comment: c.Comment, Forgot: c.Forgot, Erased: c.Erased,
	}
	if c.Sudoer != 0 {
		line.Behind = q.Names.User(c.Sudoer)
	}
	for i, e := range c.Edits {
		if i == limit {
			line.More = len(c.Edits) - limit
			break
		}
		line.Edits = append(line.Edits, q.Names.Edit(e, c.Edits))
	}
	return line
}

// A changesPage is one page of the history, newest first.
type changesPage struct {
	Changes []Line
	Filter  changeFilter
	Older   string
	Newest  string
	Of      string // the object whose history it is; empty for all
}

// A changeFilter is what the form of the page holds.
type changeFilter struct {
	By, Request string
}

const changesShown = 25

func changes(q *pagekit.Request) error {
	query := directory.ChangeQuery{Newest: true, RequestID: q.Query.Get("request")}
	filter := changeFilter{By: q.Query.Get("by"), Request: query.RequestID}
	if filter.By != "" {
		found, err := search.FindUsers(q, filter.By, 2)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return directory.Invalid("by", "must name exactly one user; %d match", len(found))
		}
		query.Caller = found[0].User.ID
	}
	page, err := pageOf(q, query)
	if err != nil {
		return err
	}
	page.Filter = filter
	return q.Show("changes", pagekit.Frame{
		Title: "Changes", Section: "changes", Data: page, Calls: q.Calls().CLI("log").Native("changes").List,
	})
}

// pageOf loads the page of changes before the revision in the parameter before.
func pageOf(q *pagekit.Request, query directory.ChangeQuery) (page changesPage, err error) {
	if text := q.Query.Get("before"); text != "" {
		before, err := strconv.ParseInt(text, 10, 64)
		if err != nil || before < 1 {
			return page, directory.Malformed("before", "must be a revision")
		}
		query.Before = directory.Revision(before)
		page.Newest = q.With("before", "")
	}
	query.Limit, query.Newest = changesShown+1, true
	list, err := history.Changes(q.Context(), q.Dir, query)
	if err != nil {
		return page, err
	}
	if len(list) > changesShown {
		list = list[:changesShown]
		page.Older = q.With("before", sentence.Itoa(list[changesShown-1].Revision))
	}
	page.Changes = Lines(q, list)
	return page, nil
}

// A changePage is one change in full.
type changePage struct {
	Line
	RequestID string
	ChangeID  string
	Rows      []render.RowChange // before and after, with the names of that time
	MoreRows  int
	Effects   *effectsView
	May       bool // whether the person may revert it
	Form      pagekit.Form
}

// by says who made the change, who impersonated them, and through which dialect.
func (c *changePage) by() []sentence.Part {
	who := sentence.Parts(c.Who)
	if c.Behind.Text != "" {
		who = append(who, sentence.Say(" (impersonated by "), c.Behind, sentence.Say(")"))
	}
	return append(who, sentence.Say(" via "+c.Via))
}

const editsOnPage = 200

func change(q *pagekit.Request) error {
	rev, err := strconv.ParseInt(q.R.PathValue("revision"), 10, 64)
	if err != nil || rev < 1 {
		return &httpkit.RouteError{Status: 404}
	}
	c, err := history.Change(q.Context(), q.Dir, directory.Revision(rev))
	if err != nil {
		return err
	}
	page := changePage{Line: NewLine(q, &c, editsOnPage), ChangeID: c.ChangeID}
	page.RequestID, _ = directory.SplitRequestIDs(c.RequestID)
	page.May, page.Form = q.MayChange(directory.SeeHistory) && !c.Forgot && rev > 1, q.Form()
	if err := rowsOf(q, &page, c.Revision); err != nil {
		return err
	}
	if page.Effects, err = effectsOf(q, c.Revision); err != nil {
		return err
	}
	var done *pagekit.Notice
	if q.Query.Get("done") != "" {
		done = &pagekit.Notice{Tone: "positive",
			Text: "Committed as change " + sentence.Number(sentence.Itoa(c.Revision)) + "."}
	}
	f := pagekit.Frame{
		Notice: done, Title: "Change " + sentence.Number(sentence.Itoa(c.Revision)), Section: "changes",
		Path: sentence.Parts(sentence.Named("Changes",
			q.To("changes"))),
		Data: page, Calls: q.Calls().Native("changes/" + sentence.Itoa(c.Revision)).List, Description: c.Comment,
		Facts: []pagekit.Fact{{Parts: page.by()},
			{Parts: sentence.Parts(sentence.Say(c.At.Time().Format("2 January 2006, 15:04:05 UTC")))}},
	}
	if page.RequestID != "" {
		f.Facts = append(f.Facts, pagekit.Fact{Label: "request", Copy: page.RequestID})
	}
	return q.Show("change", f)
}

const changedRows = 60 // shown of a change

// rowsOf adds the rows that a change wrote. Erased and pruned changes have none.
func rowsOf(q *pagekit.Request, page *changePage, rev directory.Revision) error {
	rows, err := history.RowsOfChange(q.Context(), q.Dir, rev, nil, changedRows)
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

// revertChange reverts a change.
func revertChange(q *pagekit.Request) ([]directory.Edit, error) {
	rev, err := directory.ParseID[directory.Revision]("revision", q.R.PathValue("revision"))
	return []directory.Edit{directory.Revert{Revision: rev}}, err
}

// Show answers with the changes of an object, in the frame of its pages.
func Show(q *pagekit.Request, f pagekit.Frame, object directory.Object) error {
	page, err := pageOf(q, directory.ChangeQuery{Object: &object})
	if err != nil {
		return err
	}
	page.Of = f.Title
	f.Data = page
	return q.Show("history", f)
}
