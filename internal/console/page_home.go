package console

import (
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/inspect"
)

// A homePage shows what changed lately and what may not be meant so.
type homePage struct {
	Name     string
	Counts   []count
	Changes  []changeLine
	Findings []findingGroup
	Large    bool // too large to look for findings on this page
	Look     bool // whether the person may look for them
	History  bool // whether the person sees the history
	First    bool // whether there is nothing yet, and the person may begin
}

// A count is a number of things, with a link to them.
type count struct {
	Number int64
	Label  string
	Href   string
	Icon   string
}

func home(q *request) error {
	page := homePage{Name: q.names.user(q.caller.User).Text}
	if err := q.counts(&page); err != nil {
		return err
	}
	page.First = page.Counts[1].Number == 0 && q.past == 0 && q.powers.CanManage()
	if page.History = q.may(directory.SeeHistory); page.History {
		list, err := history.Changes(q.ctx(), q.dir, directory.ChangeQuery{Newest: true, Limit: 8})
		if err != nil {
			return err
		}
		page.Changes = q.changeLines(list)
	}
	page.Look = q.may(directory.ReadEffective) || q.may(directory.SetValues)
	page.Large = page.Counts[1].Number > maxLinted
	if page.Look && !page.Large {
		lint, err := inspect.Lint(q.ctx(), q.dir, q.watch(), directory.LintQuery{Limit: rowsShown, Codes: catalogCodes()})
		if err != nil {
			return err
		}
		page.Findings = q.findingGroups(lint.Findings, findingsShown)
	}
	return q.show("home", frame{
		Title: "Home", Section: "home", Data: page, Asks: true,
		Calls: q.calls().cli("log").native("changes").cli("lint").native("lint").list,
	})
}

func (q *request) counts(page *homePage) error {
	ctx := q.ctx()
	everyone, err := q.dir.GroupDetails(ctx, []directory.GroupID{directory.AllUsers})
	if err != nil {
		return err
	}
	groups, err := q.dir.CountGroups(ctx)
	if err != nil {
		return err
	}
	attrs, err := q.dir.Attributes(ctx)
	if err != nil {
		return err
	}
	own := 0
	for i := range attrs {
		if !attrs[i].ID.Computed() {
			own++
		}
	}
	users := int64(1)
	if len(everyone) > 0 && (q.may(directory.SeeUsers) || q.may(directory.ManageUsers)) {
		users = everyone[0].Members
	}
	page.Counts = []count{
		{users, "user", q.to("users"), "users"},
		{max(0, groups-1), "group", q.to("groups"), "groups"},
		{int64(own), "attribute", q.to("attributes"), "attributes"},
	}
	return nil
}
