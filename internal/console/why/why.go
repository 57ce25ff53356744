package why

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/console/diagram"
	"cohort/internal/console/groups"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/console/values"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A whyPage says which value somebody has, and why.
type whyPage struct {
	whyAnswer
	WhatIf  string // the address of the page What if; empty where there is none
	Compare string
	History string // the address of the timeline
}

// A whyAnswer is an effective value with its explanation.
type whyAnswer struct {
	Sentence   []sentence.Part
	Value      sentence.Value
	Chip       sentence.Chip
	Rule       string
	Graph      *diagram.Graph
	Candidates []candidateRow
	ValidUntil directory.Instant
	HasSince   bool
	SinceHref  string // address of the page that says when each candidate was set
}

// A candidateRow is a value that was considered for the answer.
type candidateRow struct {
	Origin   string
	Name     sentence.Part
	Path     []sentence.Part
	Value    sentence.Value
	Rank     int
	Distance int
	Outcome  string
	Wins     bool
	Reason   string
	Window   string
	Since    *since
}

// A subject is the user or group whose answer a page is about.
type subject struct {
	sentence.Part
	user  directory.UserID
	group directory.GroupID
}

// whyPath returns the address of the page about the answer of a subject, or of a page below
// it.
func whyPath(q *pagekit.Request, of subject, a *directory.Attribute, more ...string) string {
	section, id := "users", directory.FormatID(of.user)
	if of.group != 0 {
		section, id = "groups", directory.FormatID(of.group)
	}
	return q.To(append([]string{section, id, "why", a.Name}, more...)...)
}

// loadSubject loads the subject and the attribute in the path, and the frame of the page.
func loadSubject(q *pagekit.Request) (of subject, a directory.Attribute, f pagekit.Frame, err error) {
	if strings.HasPrefix(q.Route.Path, "/users/") {
		var u directory.UserDetail
		u, f, err = users.Load(q, "")
		of = subject{Part: q.Names.UserPart(&u), user: u.User.ID}
	} else {
		var d directory.GroupDetail
		d, f, err = groups.Load(q, "")
		of = subject{Part: q.Names.GroupPart(&d.Group), group: d.Group.ID}
	}
	if err != nil {
		return of, a, f, err
	}
	a, err = q.Dir.AttributeByName(q.Context(), strings.ToLower(q.R.PathValue("attribute")))
	f.Path, f.Kind, f.Title, f.Tabs, f.Facts = sentence.Parts(of.Part), "Why", cmp.Or(a.Label, a.Name), nil, nil
	return of, a, f, err
}

func why(q *pagekit.Request) error {
	of, a, f, err := loadSubject(q)
	if err != nil {
		return err
	}
	page := whyPage{}
	if page.whyAnswer, err = answer(q, of, &a); err != nil {
		return err
	}
	if err := sinceWhen(q, &page.whyAnswer, of, &a); err != nil {
		return err
	}
	if q.Past == 0 && q.May(directory.SetValues) && !a.ID.Computed() {
		page.WhatIf = whyPath(q, of, &a, "what-if")
	}
	if q.Past == 0 && q.May(directory.SeeHistory) {
		page.History = whyPath(q, of, &a, "timeline")
	}
	if of.user != 0 {
		page.Compare = users.CompareWith(q, of.user)
	}
	f.Data, f.Calls = page, callsOf(q, of, &a)
	return q.Show("why", f)
}

// answer returns the effective value of a subject, with its explanation for the page.
func answer(q *pagekit.Request, of subject, a *directory.Attribute) (page whyAnswer, err error) {
	x, err := explain(q, of, a)
	if err != nil {
		return page, err
	}
	told := render.ExplanationOf(of.Text, a, x, q.Names.GroupName, q.Language)
	if of.group != 0 {
		told = render.GroupExplanationOf(of.Text, a, x, q.Names.GroupName, q.Language)
	}
	page = whyAnswer{
		Rule: told.RuleText, ValidUntil: x.ValidUntil, Value: sentence.EffectiveValue(a, &x.Effective, q.Language),
		Chip: q.Names.Chip(&x.Effective),
	}
	page.Sentence = marked(q, told.Summary, of.Part, sentence.Named(a.Name, q.To("attributes", a.Name)), a, &x)
	for i := range x.Candidates {
		page.Candidates = append(page.Candidates, newCandidateRow(q, a, &x.Candidates[i], told.Candidates[i].Reason))
	}
	page.Graph = diagram.Draw(graphInput(q, of.Part, of.group, a, &x))
	return page, nil
}

// explain asks the directory for the explanation of an effective value.
func explain(q *pagekit.Request, of subject, a *directory.Attribute) (directory.Explanation, error) {
	if of.group != 0 {
		return q.Dir.GroupExplain(q.Context(), of.group, a.ID)
	}
	return q.Dir.Explain(q.Context(), of.user, a.ID)
}

// marked splits the sentence of an explanation into plain text, links for names, and the
// marked value.
func marked(q *pagekit.Request, summary string, owner, attribute sentence.Part, a *directory.Attribute,
	x *directory.Explanation) []sentence.Part {
	owner.Href = ""
	out := []sentence.Part{{Text: owner.Text, Href: owner.Href, Kind: "strong"}}
	rest, ok := strings.CutPrefix(summary, owner.Text)
	if !ok {
		return sentence.Parts(sentence.Say(summary))
	}
	if x.Origin != directory.OriginNone {
		quoted := render.Quoted(a.Type, x.Value, q.Language)
		if after, ok := strings.CutPrefix(rest, " has "+quoted+" for "+attribute.Text); ok {
			out = append(out, sentence.Say(" has "), sentence.EffectiveValue(a, &x.Effective, q.Language).Part(),
				sentence.Say(" for "), attribute)
			rest = after
		}
	}
	return append(out, groupsIn(q, rest, x)...)
}

// groupsIn turns the names of groups in a text into links.
func groupsIn(q *pagekit.Request, text string, x *directory.Explanation) (out []sentence.Part) {
	var groups []sentence.Part
	for i := range x.Candidates {
		for _, g := range append(slices.Clone(x.Candidates[i].Path), x.Candidates[i].Group) {
			if p := q.Names.Group(g); g != 0 && !slices.Contains(groups, p) {
				groups = append(groups, p)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b sentence.Part) int { return len(b.Text) - len(a.Text) })
	for text != "" {
		at, found := len(text), sentence.Part{}
		for _, g := range groups {
			if i := strings.Index(text, g.Text); i >= 0 && i < at {
				at, found = i, g
			}
		}
		if at > 0 {
			out = append(out, sentence.Say(text[:at]))
		}
		text = strings.TrimPrefix(text[at:], found.Text)
		if found.Text != "" {
			out = append(out, found)
		}
	}
	return out
}

func newCandidateRow(q *pagekit.Request, a *directory.Attribute, c *directory.Candidate, reason string) candidateRow {
	row := candidateRow{
		Origin: c.Origin.String(), Value: sentence.ValueOf(a, c.Value, q.Language), Rank: c.Rank, Distance: c.Distance,
		Outcome: outcomeWord(a, c), Wins: c.Outcome == directory.Contributes, Reason: reason, Window: values.WindowNote(q,
			c.Window),
	}
	switch c.Origin {
	case directory.OriginGroup:
		row.Name = q.Names.Group(c.Group)
		for i, g := range c.Path[:max(0, len(c.Path)-1)] {
			if i > 0 {
				row.Path = append(row.Path, sentence.Say(" › "))
			}
			row.Path = append(row.Path, q.Names.Group(g))
		}
	case directory.OriginUser:
		row.Name = sentence.Say("Own value")
	case directory.OriginDefault:
		row.Name = sentence.Say("Default")
	case directory.OriginNone, directory.OriginSystem:
	}
	return row
}

// callsOf returns the calls that ask for the answer of a subject.
func callsOf(q *pagekit.Request, of subject, a *directory.Attribute) []pagekit.Call {
	if of.group != 0 {
		group := directory.FormatID(of.group)
		return q.Calls().Native("groups/" + group + "/effective/" + a.Name).Looker("user_attributes/" +
			directory.FormatID(a.ID) + "/group_values").
			Propeller("usergroups/id/" + group + "/effective").List
	}
	user := directory.FormatID(of.user)
	return q.Calls().CLI("explain", user, a.Name).Native("users/" + user + "/effective/" + a.Name + q.AsOfParameter()).
		Looker("users/" + user + "/attribute_values?user_attribute_ids=" + directory.FormatID(a.ID)).Propeller("users/id/" +
		user + "/effective").List
}
