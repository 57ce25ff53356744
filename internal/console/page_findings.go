package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
	"cohort/internal/inspect"
)

const (
	findingsShown = 3    // of a kind, on the home page
	maxLinted     = 1000 // groups that are looked at while a page is made
	maxLooked     = 500  // users
)

// A findingGroup is findings of one kind.
type findingGroup struct {
	Code     string
	Title    string
	Href     string // all of the kind
	Count    int    // without those that are muted; 0 if they were not counted
	Muted    int
	Findings []findingLine
	More     bool
	Drafted  []part // what the draft makes of the kind
}

// A findingLine is one finding and where to look at it.
type findingLine struct {
	ID      string
	Text    string
	Href    string
	Muted   bool
	Drafted []part
}

// A findingsPage is a part of what may not be meant so: counted by kind, or one kind
// one by one.
type findingsPage struct {
	Findings []findingGroup
	Code     string // of the only kind that is shown
	Kinds    string // the page of all kinds
	Mutes    []mutedLine
	Show     string // with what is muted
	Hide     string // without it
	Examined int
	Ask      string // the page with the findings, if it takes a while to look for them
	Next     string
	May      bool // mute
	Form     form
}

// A mutedLine is a finding, or a kind, that is meant so.
type mutedLine struct {
	ID, Text, Why string
	Drafted       []part
}

// A muting is the button that mutes a finding, or all of a kind, or lists it again.
type muting struct {
	May      bool
	ID, Text string
	Muted    bool
	Asks     bool // why
	Drafted  []part
}

// A findingsCursor says where a page of findings ended.
type findingsCursor struct {
	Stage directory.LintStage `json:"stage"`
	Skip  int                 `json:"skip"`
	After directory.UserID    `json:"after"`
}

func findings(q *request) error {
	query, err := q.lintQuery()
	if err != nil {
		return err
	}
	page := findingsPage{May: q.mayChange(directory.Administer), Form: q.form(), Kinds: q.to("findings")}
	if q.query.Get("muted") == "" {
		page.Show = q.with("muted", "1")
	} else {
		page.Hide = q.with("muted", "")
	}
	if page.Ask, err = q.asksToLook(query); err != nil {
		return err
	}
	var next *directory.LintQuery
	switch {
	case page.Ask != "":
		page.Code = q.query.Get("code")
	case len(query.Codes) > 0:
		next, err = q.findingsOfKind(&page, query)
	default:
		next, err = q.findingsByKind(&page, query)
	}
	if err != nil {
		return err
	}
	if next != nil {
		data, err := json.Marshal(findingsCursor{next.Stage, next.Skip, next.After})
		if err != nil {
			return err
		}
		page.Next = q.with("look", "1", "after", base64.RawURLEncoding.EncodeToString(data))
	}
	f := frame{Title: "Perhaps not meant so", Section: "home", Data: page}
	if page.Code == "" {
		f.Calls = q.calls().cli("lint").native("lint/kinds").list
	} else {
		f.Path = parts(named("Perhaps not meant so", page.Kinds))
		f.Title = titleOf(query.Codes[0])
		f.Calls = q.calls().cli("lint", "--code", page.Code).native("lint?codes=" + page.Code).list
	}
	return q.show("findings", f)
}

// asksToLook is the address that looks for findings, or nothing if the page has them:
// they are remembered, few can be there, or they were asked for.
func (q *request) asksToLook(query directory.LintQuery) (string, error) {
	_, kinds := recalled[directory.LintKinds](q, &q.found)
	_, lines := recalled[directory.LintPage](q, &q.found)
	refused := !q.may(directory.ReadEffective) && !q.may(directory.SetValues) ||
		len(query.Codes) > 0 && !slices.Contains(directory.FindingCodes(), query.Codes[0])
	if kinds || lines || refused || q.query.Get("look") != "" {
		return "", nil
	}
	groups, err := q.dir.CountGroups(q.ctx())
	if err != nil {
		return "", err
	}
	everyone, err := q.dir.GroupDetails(q.ctx(), []directory.GroupID{directory.AllUsers})
	if err != nil {
		return "", err
	}
	if groups <= maxLinted && (len(everyone) == 0 || everyone[0].Members <= maxLooked) {
		return "", nil
	}
	return q.with("look", "1"), nil
}

// lintQuery reads what is looked for, and where the page begins.
func (q *request) lintQuery() (directory.LintQuery, error) {
	query := directory.LintQuery{Limit: 2 * rowsShown, Muted: q.query.Get("muted") != ""}
	if code := q.query.Get("code"); code != "" {
		query.Codes = []directory.FindingCode{directory.FindingCode(code)}
	}
	if text := q.query.Get("after"); text != "" {
		var at findingsCursor
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(data, &at) != nil {
			return query, directory.Malformed("after", "is not where a page ended")
		}
		query.Stage, query.Skip, query.After = at.Stage, at.Skip, at.After
	}
	return query, nil
}

// findingsByKind counts the findings of every kind and shows some of each.
func (q *request) findingsByKind(page *findingsPage, query directory.LintQuery) (*directory.LintQuery, error) {
	counted, err := remembered(q, &q.found, func() (directory.LintKinds, error) {
		return inspect.Kinds(q.ctx(), q.dir, q.watch(), query)
	})
	if err != nil {
		return nil, err
	}
	page.Examined = counted.Examined
	byCode := map[directory.FindingCode]directory.LintKind{}
	for _, k := range counted.Kinds {
		byCode[k.Code] = k
	}
	for _, kind := range findingTitles() {
		k, ok := byCode[kind.code]
		if !ok || k.Count == 0 && !query.Muted {
			continue
		}
		page.Findings = append(page.Findings, findingGroup{
			Code: string(k.Code), Title: kind.title, Href: q.kindHref(k.Code), Count: k.Count, Muted: k.Muted,
			Findings: q.findingLines(k.Sample), More: k.Count > len(k.Sample), Drafted: q.draftedMute(string(k.Code)),
		})
	}
	if query.Muted {
		err = q.mutes(page)
	}
	return counted.Next, err
}

// mutes lists what is muted, and why.
func (q *request) mutes(page *findingsPage) error {
	list, err := inspect.MutedFindings(q.ctx(), q.dir)
	for _, m := range list {
		code, _, one := strings.Cut(m.Finding, ".")
		line := mutedLine{ID: m.Finding, Text: titleOf(directory.FindingCode(code)), Why: m.Why,
			Drafted: q.draftedMute(m.Finding)}
		if one {
			line.Text += ", " + m.Finding
		}
		page.Mutes = append(page.Mutes, line)
	}
	return err
}

// findingsOfKind lists the findings of a kind.
func (q *request) findingsOfKind(page *findingsPage, query directory.LintQuery) (*directory.LintQuery, error) {
	lint, err := remembered(q, &q.found, func() (directory.LintPage, error) {
		return inspect.Lint(q.ctx(), q.dir, q.watch(), query)
	})
	page.Code, page.Examined = string(query.Codes[0]), lint.Examined
	page.Findings = []findingGroup{{
		Code: page.Code, Title: titleOf(query.Codes[0]), Findings: q.findingLines(lint.Findings),
		Drafted: q.draftedMute(page.Code),
	}}
	return lint.Next, err
}

func (q *request) findingLines(list []directory.Finding) []findingLine {
	lines := make([]findingLine, len(list))
	for i := range list {
		f := &list[i]
		lines[i] = findingLine{f.ID(), f.Msg, q.findingHref(f), f.Muted, q.draftedMute(f.ID())}
	}
	return lines
}

func (q *request) kindHref(code directory.FindingCode) string {
	return q.to("findings") + "?code=" + string(code)
}

// draftedMute is what the draft makes of a finding or a kind.
func (q *request) draftedMute(finding string) []part {
	f := directory.MutedFacet(finding, "")
	key := draft.KeyOf(directory.DeleteFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name})
	switch q.draftedEdit(key).(type) {
	case directory.SetFacet:
		return parts(say("muted"))
	case directory.DeleteFacet:
		return parts(say("listed again"))
	}
	return nil
}

// editFindings says that a finding, or all of a kind, is meant so, or lists it again.
func editFindings(q *request) ([]directory.Edit, error) {
	f := directory.MutedFacet(q.typed("finding"), q.typed("why"))
	if err := directory.CheckMuted(f); err != nil {
		return nil, err
	}
	if q.typed("do") == "unmute" {
		return []directory.Edit{
			directory.DeleteFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name},
		}, nil
	}
	return []directory.Edit{
		directory.SetFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name, Data: f.Data},
	}, nil
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

// titleOf is the title of a kind of finding.
func titleOf(code directory.FindingCode) string {
	for _, kind := range findingTitles() {
		if kind.code == code {
			return kind.title
		}
	}
	return string(code)
}

// findingGroups are findings by kind, some of each.
func (q *request) findingGroups(list []directory.Finding, most int) (groups []findingGroup) {
	byCode := map[directory.FindingCode][]directory.Finding{}
	for i := range list {
		byCode[list[i].Code] = append(byCode[list[i].Code], list[i])
	}
	for _, kind := range findingTitles() {
		found := byCode[kind.code]
		if len(found) == 0 {
			continue
		}
		some := found[:min(len(found), most)]
		groups = append(groups, findingGroup{Code: string(kind.code), Title: kind.title, Href: q.kindHref(kind.code),
			Count: len(found), Findings: q.findingLines(some), More: len(found) > most})
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
