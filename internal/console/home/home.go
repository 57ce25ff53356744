package home

import (
	"cohort/internal/console/changes"
	"cohort/internal/console/findings"
	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/inspect"
)

// A homePage shows recent changes and possible mistakes.
type homePage struct {
	Name     string
	Counts   []count
	Changes  []changes.Line
	Findings []findings.Group
	Large    bool // whether the directory is too large to be checked on this page
	Look     bool // whether the person may check for findings
	History  bool // whether the person may see the history
	First    bool // whether the directory is empty and the person may change it
}

// A count is a number of objects, with a link to their list.
type count struct {
	Number int64
	Label  string
	Href   string
	Icon   string
}

func home(q *pagekit.Request) error {
	page := homePage{Name: q.Names.User(q.Caller.User).Text}
	if err := counts(q, &page); err != nil {
		return err
	}
	page.First = page.Counts[1].Number == 0 && q.Past == 0 && q.Powers.CanManage()
	if page.History = q.May(directory.SeeHistory); page.History {
		list, err := history.Changes(q.Context(), q.Dir, directory.ChangeQuery{Newest: true, Limit: 8})
		if err != nil {
			return err
		}
		page.Changes = changes.Lines(q, list)
	}
	page.Look = q.May(directory.ReadEffective) || q.May(directory.SetValues)
	page.Large = page.Counts[1].Number > findings.MaxLinted
	if page.Look && !page.Large {
		lint, err := inspect.Lint(q.Context(), q.Dir, findings.Watch(q), directory.LintQuery{Limit: pagekit.RowsShown,
			Codes: findings.CatalogCodes()})
		if err != nil {
			return err
		}
		page.Findings = findings.Groups(q, lint.Findings, findings.Shown)
	}
	return q.Show("home", pagekit.Frame{
		Title: "Home", Section: "home", Data: page, Asks: true,
		Calls: q.Calls().CLI("log").Native("changes").CLI("lint").Native("lint").List,
	})
}

func counts(q *pagekit.Request, page *homePage) error {
	ctx := q.Context()
	everyone, err := q.Dir.GroupDetails(ctx, []directory.GroupID{directory.AllUsers})
	if err != nil {
		return err
	}
	groups, err := q.Dir.CountGroups(ctx)
	if err != nil {
		return err
	}
	attrs, err := q.Dir.Attributes(ctx)
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
	if len(everyone) > 0 && (q.May(directory.SeeUsers) || q.May(directory.ManageUsers)) {
		users = everyone[0].Members
	}
	page.Counts = []count{
		{users, "user", q.To("users"), "users"},
		{max(0, groups-1), "group", q.To("groups"), "groups"},
		{int64(own), "attribute", q.To("attributes"), "attributes"},
	}
	return nil
}
