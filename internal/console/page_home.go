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
	History  bool // whether the person sees the history
}

// A count is a number of things, with a link to them.
type count struct {
	Number int64
	Label  string
	Href   string
	Icon   string
}

// A findingGroup is the findings of one kind.
type findingGroup struct {
	Title    string
	Findings []findingLine
	More     bool
}

// A findingLine is one finding and where to look at it.
type findingLine struct {
	Text string
	Href string
}

func home(q *request) error {
	page := homePage{Name: q.names.user(q.caller.User).Text}
	if err := q.counts(&page); err != nil {
		return err
	}
	if page.History = q.may(directory.SeeHistory); page.History {
		list, err := history.Changes(q.ctx(), q.dir, directory.ChangeQuery{Newest: true, Limit: 8})
		if err != nil {
			return err
		}
		page.Changes = q.changeLines(list)
	}
	if q.may(directory.ReadEffective) {
		if err := q.findings(&page); err != nil {
			return err
		}
	}
	return q.show("home", frame{
		Title: "Home", Section: "home", Data: page, Calls: q.calls().cli("log").native("changes").cli("lint").native("lint").list,
	})
}

func (q *request) counts(page *homePage) error {
	ctx := q.ctx()
	everyone, err := q.dir.GroupDetails(ctx, []directory.GroupID{directory.AllUsers})
	if err != nil {
		return err
	}
	groups, err := q.dir.Groups(ctx)
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
		{int64(max(0, len(groups)-1)), "group", q.to("groups"), "groups"},
		{int64(own), "attribute", q.to("attributes"), "attributes"},
	}
	return nil
}

// findingTitles say what the kinds of finding are, in the order of a page.
func findingTitles() []struct {
	code  directory.FindingCode
	title string
} {
	return []struct {
		code  directory.FindingCode
		title string
	}{
		{directory.LintShadowed, "Values that never win"},
		{directory.LintUnused, "Values that nobody gets"},
		{directory.LintRankDecided, "Answers that only the rank decides"},
		{directory.LintSimilarNames, "Names that look alike"},
		{directory.LintEmptyGroup, "Groups with nobody in them"},
		{directory.LintUnreachable, "Groups that reach nobody"},
		{directory.LintExpiredValue, "Values that have expired"},
		{directory.LintExpiredMember, "Memberships that have expired"},
	}
}

const findingsShown = 3 // of a kind, on the home page

func (q *request) findings(page *homePage) error {
	lint, err := inspect.Lint(q.ctx(), q.dir, directory.LintQuery{Limit: 40, Codes: catalogCodes()})
	if err != nil {
		return err
	}
	byCode := map[directory.FindingCode][]findingLine{}
	for _, f := range lint.Findings {
		byCode[f.Code] = append(byCode[f.Code], findingLine{f.Msg, q.findingHref(&f)})
	}
	for _, kind := range findingTitles() {
		list := byCode[kind.code]
		if len(list) == 0 {
			continue
		}
		group := findingGroup{Title: kind.title, Findings: list}
		if len(list) > findingsShown {
			group.Findings, group.More = list[:findingsShown], true
		}
		page.Findings = append(page.Findings, group)
	}
	return nil
}

// catalogCodes are the findings that do not look at users, and so are quick.
func catalogCodes() []directory.FindingCode {
	return []directory.FindingCode{
		directory.LintEmptyGroup, directory.LintUnreachable, directory.LintSimilarNames, directory.LintExpiredValue,
	}
}

func (q *request) findingHref(f *directory.Finding) string {
	switch {
	case len(f.Groups) > 0:
		return q.to("groups", directory.FormatID(f.Groups[0]))
	case f.Attribute != 0:
		p, _ := q.names.attribute(f.Attribute)
		return p.Href
	case f.User != 0:
		return q.to("users", directory.FormatID(f.User))
	}
	return ""
}
