package findings

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/inspect"
)

// Shown limits the findings of a kind on the home page.
const Shown = 3

// MaxLinted limits the groups that a page checks without being asked to.
const MaxLinted = 1000

const maxLooked = 500 // users that a page checks without being asked to

// A Group is findings of one kind.
type Group struct {
	Code     string
	Title    string
	Href     string // address of all findings of the kind
	Count    int    // without muted ones; 0 if they were not counted
	Muted    int
	Findings []findingLine
	More     bool
	Drafted  []sentence.Part // what the draft does to the kind
}

// A findingLine is one finding, with a link to its object.
type findingLine struct {
	ID      string
	Text    string
	Href    string
	Muted   bool
	Drafted []sentence.Part
}

// A findingsPage lists possible mistakes: counted by kind, or the findings of one kind.
type findingsPage struct {
	Findings []Group
	Code     string // of the kind that is shown; empty for all kinds
	Kinds    string // the page of all kinds
	Mutes    []mutedLine
	Show     string // address with muted findings
	Hide     string // address without muted findings
	Examined int
	Ask      string // address that starts the check, if it takes a while
	Next     string
	May      bool // whether the person may mute
	Form     pagekit.Form
}

// A mutedLine is a muted finding or kind.
type mutedLine struct {
	ID, Text, Why string
	Drafted       []sentence.Part
}

// A findingsCursor says where a page of findings ended.
type findingsCursor struct {
	Stage directory.LintStage `json:"stage"`
	Skip  int                 `json:"skip"`
	After directory.UserID    `json:"after"`
}

func findings(q *pagekit.Request) error {
	query, err := lintQuery(q)
	if err != nil {
		return err
	}
	page := findingsPage{May: q.MayChange(directory.Administer), Form: q.Form(), Kinds: q.To("findings")}
	if q.Query.Get("muted") == "" {
		page.Show = q.With("muted", "1")
	} else {
		page.Hide = q.With("muted", "")
	}
	if page.Ask, err = asksToLook(q, query); err != nil {
		return err
	}
	var next *directory.LintQuery
	switch {
	case page.Ask != "":
		page.Code = q.Query.Get("code")
	case len(query.Codes) > 0:
		next, err = findingsOfKind(q, &page, query)
	default:
		next, err = findingsByKind(q, &page, query)
	}
	if err != nil {
		return err
	}
	if next != nil {
		data, err := json.Marshal(findingsCursor{next.Stage, next.Skip, next.After})
		if err != nil {
			return err
		}
		page.Next = q.With("look", "1", "after", base64.RawURLEncoding.EncodeToString(data))
	}
	f := pagekit.Frame{Title: "Possible mistakes", Section: "home", Data: page}
	if page.Code == "" {
		f.Calls = q.Calls().CLI("lint").Native("lint/kinds").List
	} else {
		f.Path = sentence.Parts(sentence.Named("Possible mistakes", page.Kinds))
		f.Title = titleOf(query.Codes[0])
		f.Calls = q.Calls().CLI("lint", "--code", page.Code).Native("lint?codes=" + page.Code).List
	}
	return q.Show("findings", f)
}

// asksToLook returns the address that starts the check; empty if this page checks. It does so
// in a small directory, when it was asked to, or when the findings are still in memory.
func asksToLook(q *pagekit.Request, query directory.LintQuery) (string, error) {
	_, kinds := pagekit.Recalled[directory.LintKinds](q)
	_, lines := pagekit.Recalled[directory.LintPage](q)
	refused := !q.May(directory.ReadEffective) && !q.May(directory.SetValues) ||
		len(query.Codes) > 0 && !slices.Contains(directory.FindingCodes(), query.Codes[0])
	if kinds || lines || refused || q.Query.Get("look") != "" {
		return "", nil
	}
	groups, err := q.Dir.CountGroups(q.Context())
	if err != nil {
		return "", err
	}
	everyone, err := q.Dir.GroupDetails(q.Context(), []directory.GroupID{directory.AllUsers})
	if err != nil {
		return "", err
	}
	if groups <= MaxLinted && (len(everyone) == 0 || everyone[0].Members <= maxLooked) {
		return "", nil
	}
	return q.With("look", "1"), nil
}

// lintQuery parses the kind of the findings, and where the page begins.
func lintQuery(q *pagekit.Request) (directory.LintQuery, error) {
	query := directory.LintQuery{Limit: 2 * pagekit.RowsShown, Muted: q.Query.Get("muted") != ""}
	if code := q.Query.Get("code"); code != "" {
		query.Codes = []directory.FindingCode{directory.FindingCode(code)}
	}
	if text := q.Query.Get("after"); text != "" {
		var at findingsCursor
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(data, &at) != nil {
			return query, directory.Malformed("after", "is not the position of a page")
		}
		query.Stage, query.Skip, query.After = at.Stage, at.Skip, at.After
	}
	return query, nil
}

// findingsByKind counts the findings of every kind and shows some of each.
func findingsByKind(q *pagekit.Request, page *findingsPage, query directory.LintQuery) (*directory.LintQuery, error) {
	counted, err := pagekit.Remembered(q, func() (directory.LintKinds, error) {
		return inspect.Kinds(q.Context(), q.Dir, Watch(q), query)
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
		page.Findings = append(page.Findings, Group{
			Code: string(k.Code), Title: kind.title, Href: kindHref(q, k.Code), Count: k.Count, Muted: k.Muted,
			Findings: findingLines(q, k.Sample), More: k.Count > len(k.Sample), Drafted: draftedMute(q, string(k.Code)),
		})
	}
	if query.Muted {
		err = mutes(q, page)
	}
	return counted.Next, err
}

// mutes lists what is muted, and why.
func mutes(q *pagekit.Request, page *findingsPage) error {
	list, err := inspect.MutedFindings(q.Context(), q.Dir)
	for _, m := range list {
		code, _, one := strings.Cut(m.Finding, ".")
		line := mutedLine{ID: m.Finding, Text: titleOf(directory.FindingCode(code)), Why: m.Why,
			Drafted: draftedMute(q, m.Finding)}
		if one {
			line.Text += ", " + m.Finding
		}
		page.Mutes = append(page.Mutes, line)
	}
	return err
}

// findingsOfKind lists the findings of a kind.
func findingsOfKind(q *pagekit.Request, page *findingsPage, query directory.LintQuery) (*directory.LintQuery, error) {
	lint, err := pagekit.Remembered(q, func() (directory.LintPage, error) {
		return inspect.Lint(q.Context(), q.Dir, Watch(q), query)
	})
	page.Code, page.Examined = string(query.Codes[0]), lint.Examined
	page.Findings = []Group{{
		Code: page.Code, Title: titleOf(query.Codes[0]), Findings: findingLines(q, lint.Findings),
		Drafted: draftedMute(q, page.Code),
	}}
	return lint.Next, err
}

func findingLines(q *pagekit.Request, list []directory.Finding) []findingLine {
	lines := make([]findingLine, len(list))
	for i := range list {
		f := &list[i]
		lines[i] = findingLine{f.ID(), f.Msg, findingHref(q, f), f.Muted, draftedMute(q, f.ID())}
	}
	return lines
}

func kindHref(q *pagekit.Request, code directory.FindingCode) string {
	return q.To("findings") + "?code=" + string(code)
}

// draftedMute says whether the draft mutes or unmutes a finding or a kind.
func draftedMute(q *pagekit.Request, finding string) []sentence.Part {
	f := directory.MutedFacet(finding, "")
	key := draft.KeyOf(directory.DeleteFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name})
	switch drafting.EditOf(q, key).(type) {
	case directory.SetFacet:
		return sentence.Parts(sentence.Say("muted"))
	case directory.DeleteFacet:
		return sentence.Parts(sentence.Say("unmuted"))
	}
	return nil
}

// editFindings mutes or unmutes a finding or a kind.
func editFindings(q *pagekit.Request) ([]directory.Edit, error) {
	f := directory.MutedFacet(q.Typed("finding"), q.Typed("why"))
	if err := directory.CheckMuted(f); err != nil {
		return nil, err
	}
	if q.Typed("do") == "unmute" {
		return []directory.Edit{
			directory.DeleteFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name},
		}, nil
	}
	return []directory.Edit{
		directory.SetFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name, Data: f.Data},
	}, nil
}

// findingTitles returns the titles of the kinds, in the order of the page.
func findingTitles() []struct {
	code  directory.FindingCode
	title string
} {
	return []struct {
		code  directory.FindingCode
		title string
	}{
		{directory.LintHeld, "Identity providers that the removal guard holds"},
		{directory.LintSkipped, "Unknown members that an identity provider named"},
		{directory.LintSamePerson, "People who may exist twice"},
		{directory.LintShadowed, "Values that never win"},
		{directory.LintUnused, "Values that nobody gets"},
		{directory.LintRankDecided, "Answers that rank alone decides"},
		{directory.LintSimilarNames, "Names that look alike"},
		{directory.LintEmptyGroup, "Empty groups"},
		{directory.LintUnreachable, "Groups that reach nobody"},
		{directory.LintMisfit, "Values that their attribute does not accept"},
		{directory.LintExpiredValue, "Values that have expired"},
		{directory.LintExpiredMember, "Memberships that have expired"},
		{directory.LintSimilarSources, "Source ids that look alike"},
		{directory.LintSharedContact, "Contact e-mails that several users have"},
	}
}

// Watch returns what finds the refused requests of identity providers.
func Watch(q *pagekit.Request) inspect.Watch {
	if q.SCIM == nil {
		return nil
	}
	return func(ctx context.Context) ([]directory.Finding, error) {
		q.Live.Release()
		return q.SCIM.Findings(ctx)
	}
}

// titleOf returns the title of a kind.
func titleOf(code directory.FindingCode) string {
	for _, kind := range findingTitles() {
		if kind.code == code {
			return kind.title
		}
	}
	return string(code)
}

// Groups groups findings by kind, with at most limit of each.
func Groups(q *pagekit.Request, list []directory.Finding, limit int) (groups []Group) {
	byCode := map[directory.FindingCode][]directory.Finding{}
	for i := range list {
		byCode[list[i].Code] = append(byCode[list[i].Code], list[i])
	}
	for _, kind := range findingTitles() {
		found := byCode[kind.code]
		if len(found) == 0 {
			continue
		}
		some := found[:min(len(found), limit)]
		groups = append(groups, Group{Code: string(kind.code), Title: kind.title, Href: kindHref(q, kind.code),
			Count: len(found), Findings: findingLines(q, some), More: len(found) > limit})
	}
	return groups
}

// CatalogCodes returns the kinds that are fast to check, because they need no users.
func CatalogCodes() []directory.FindingCode {
	return []directory.FindingCode{
		directory.LintHeld, directory.LintSkipped, directory.LintEmptyGroup, directory.LintUnreachable,
		directory.LintSimilarNames,
	}
}

func findingHref(q *pagekit.Request, f *directory.Finding) string {
	switch {
	case f.Code == directory.LintHeld || f.Code == directory.LintSkipped:
		return pagekit.Link(pagekit.Root, "access", "scim")
	case len(f.Groups) > 0:
		return q.To("groups", directory.FormatID(f.Groups[0]))
	case f.Attribute != 0:
		p, _ := q.Names.Attribute(f.Attribute)
		return p.Href
	case f.User != 0:
		return q.To("users", directory.FormatID(f.User))
	}
	return ""
}
