package console

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"cohort/internal/directory"
	"cohort/internal/inspect"
)

const (
	findingsShown = 3    // of a kind, on the home page
	maxLinted     = 1000 // groups that are looked at for the home page
)

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

// A findingsPage is a part of what may not be meant so.
type findingsPage struct {
	Findings []findingGroup
	Examined int
	Next     string
}

// A findingsCursor says where a page of findings ended.
type findingsCursor struct {
	Stage directory.LintStage `json:"stage"`
	Skip  int                 `json:"skip"`
	After directory.UserID    `json:"after"`
}

// findings looks through the directory, a part of it at a time. It takes as long
// as there are groups and users to look at.
func findings(q *request) error {
	query := directory.LintQuery{Limit: 2 * rowsShown}
	if text := q.query.Get("after"); text != "" {
		var at findingsCursor
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(data, &at) != nil {
			return directory.Malformed("after", "is not where a page ended")
		}
		query.Stage, query.Skip, query.After = at.Stage, at.Skip, at.After
	}
	lint, err := inspect.Lint(q.ctx(), q.dir, q.watch(), query)
	if err != nil {
		return err
	}
	page := findingsPage{Findings: q.findingGroups(lint.Findings, 2*rowsShown), Examined: lint.Examined}
	if lint.Next != nil {
		data, err := json.Marshal(findingsCursor{lint.Next.Stage, lint.Next.Skip, lint.Next.After})
		if err != nil {
			return err
		}
		page.Next = q.with("after", base64.RawURLEncoding.EncodeToString(data))
	}
	return q.show("findings", frame{
		Title: "Perhaps not meant so", Section: "home", Data: page, Calls: q.calls().cli("lint").native("lint").list,
	})
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
		{directory.LintHeld, "Identity providers that are held"},
		{directory.LintSkipped, "Members whom an identity provider named and who are not there"},
		{directory.LintSamePerson, "People who are perhaps there twice"},
		{directory.LintShadowed, "Values that never win"},
		{directory.LintUnused, "Values that nobody gets"},
		{directory.LintRankDecided, "Answers that only the rank decides"},
		{directory.LintSimilarNames, "Names that look alike"},
		{directory.LintEmptyGroup, "Groups with nobody in them"},
		{directory.LintUnreachable, "Groups that reach nobody"},
		{directory.LintMisfit, "Values that their attribute does not take"},
		{directory.LintExpiredValue, "Values that have expired"},
		{directory.LintExpiredMember, "Memberships that have expired"},
		{directory.LintSimilarSources, "Source ids that look alike"},
		{directory.LintSharedContact, "Contact e-mails that several users have"},
	}
}

// watch finds what identity providers were refused.
func (q *request) watch() inspect.Watch {
	if q.SCIM == nil {
		return nil
	}
	return func(ctx context.Context) ([]directory.Finding, error) {
		q.live.Release()
		return q.SCIM.Findings(ctx)
	}
}

// findingGroups are findings by kind, some of each.
func (q *request) findingGroups(list []directory.Finding, most int) (groups []findingGroup) {
	byCode := map[directory.FindingCode][]findingLine{}
	for i := range list {
		f := &list[i]
		byCode[f.Code] = append(byCode[f.Code], findingLine{f.Msg, q.findingHref(f)})
	}
	for _, kind := range findingTitles() {
		lines := byCode[kind.code]
		if len(lines) == 0 {
			continue
		}
		group := findingGroup{Title: kind.title, Findings: lines}
		if len(lines) > most {
			group.Findings, group.More = lines[:most], true
		}
		groups = append(groups, group)
	}
	return groups
}

// catalogCodes are the findings that do not look at users, and so are quick.
func catalogCodes() []directory.FindingCode {
	return []directory.FindingCode{
		directory.LintHeld, directory.LintSkipped, directory.LintEmptyGroup, directory.LintUnreachable,
		directory.LintSimilarNames,
	}
}

func (q *request) findingHref(f *directory.Finding) string {
	switch {
	case f.Code == directory.LintHeld || f.Code == directory.LintSkipped:
		return link(Root, "access", "scim")
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
