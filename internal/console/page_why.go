package console

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"cohort/internal/console/diagram"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A whyPage says which value somebody has, and why.
type whyPage struct {
	whyAnswer
	WhatIf  string // the address of what if; empty where it cannot be asked
	Compare string
	History string // the address of the timeline
}

// A whyAnswer is an answer and what led to it.
type whyAnswer struct {
	Sentence   []part
	Value      value
	Chip       chip
	Rule       string
	Graph      *diagram.Graph
	Candidates []candidateRow
	ValidUntil directory.Instant
	HasSince   bool
	SinceHref  string // the same page with when each candidate was set
}

// A candidateRow is something that could have been the answer.
type candidateRow struct {
	Origin   string
	Name     part
	Path     []part
	Value    value
	Rank     int
	Distance int
	Outcome  string
	Wins     bool
	Reason   string
	Window   string
	Since    *since
}

// askWhy leads from the form in the header to the page that answers it.
func askWhy(q *request) error {
	who, what := strings.TrimSpace(q.query.Get("user")), strings.TrimSpace(q.query.Get("attribute"))
	page := askPage{User: who, Attribute: what}
	if who == "" && what == "" {
		return q.show("ask", frame{Title: "Why does somebody have a value?", Kind: "Ask why", Data: page})
	}
	found, err := q.findUsers(who, hitsShown)
	if err != nil {
		return err
	}
	named, err := q.findAttributes(what, hitsShown)
	if err != nil {
		return err
	}
	if exact := slices.IndexFunc(named,
		func(a directory.Attribute) bool { return a.Name == directory.Fold(what) }); exact >= 0 {
		named = named[exact : exact+1]
	}
	if len(found) == 1 && len(named) == 1 {
		return q.see(q.to("users", directory.FormatID(found[0].User.ID), "why", named[0].Name))
	}
	page.Asked = true
	for i := range found {
		u := &found[i]
		again := url.Values{"user": {directory.FormatID(u.User.ID)}, "attribute": {what}}
		page.Users = append(page.Users, hit{"user", userName(&u.UserRows), u.Email(), q.base() + "/why?" + again.Encode(),
			""})
	}
	for _, a := range named {
		again := url.Values{"user": {who}, "attribute": {a.Name}}
		page.Attributes = append(page.Attributes, hit{"attribute", a.Name, a.Label, q.base() + "/why?" + again.Encode(), ""})
	}
	return q.show("ask", frame{Title: "Which one do you mean?", Kind: "Ask why", Data: page})
}

// An askPage asks which user and which attribute are meant.
type askPage struct {
	User, Attribute   string
	Asked             bool
	Users, Attributes []hit
}

// A subject is whose answer a page is about: a user's or a group's.
type subject struct {
	part
	user  directory.UserID
	group directory.GroupID
}

// path is the address of the pages about the subject's answer.
func (q *request) whyPath(of subject, a *directory.Attribute, more ...string) string {
	section, id := "users", directory.FormatID(of.user)
	if of.group != 0 {
		section, id = "groups", directory.FormatID(of.group)
	}
	return q.to(append([]string{section, id, "why", a.Name}, more...)...)
}

// loadSubject loads whose answer the path is about, the attribute, and the frame.
func (q *request) loadSubject() (of subject, a directory.Attribute, f frame, err error) {
	if strings.HasPrefix(q.route.path, "/users/") {
		var u directory.UserDetail
		u, f, err = q.loadUser("")
		of = subject{part: q.names.userPart(&u), user: u.User.ID}
	} else {
		var d directory.GroupDetail
		d, f, err = q.loadGroup("")
		of = subject{part: q.names.groupPart(&d.Group), group: d.Group.ID}
	}
	if err != nil {
		return of, a, f, err
	}
	a, err = q.dir.AttributeByName(q.ctx(), strings.ToLower(q.r.PathValue("attribute")))
	f.Path, f.Kind, f.Title, f.Tabs, f.Facts = parts(of.part), "Why", cmp.Or(a.Label, a.Name), nil, nil
	return of, a, f, err
}

func why(q *request) error {
	of, a, f, err := q.loadSubject()
	if err != nil {
		return err
	}
	page := whyPage{}
	if page.whyAnswer, err = q.answer(of, &a); err != nil {
		return err
	}
	if err := q.sinceWhen(&page.whyAnswer, of, &a); err != nil {
		return err
	}
	if q.past == 0 && q.may(directory.SetValues) && !a.ID.Computed() {
		page.WhatIf = q.whyPath(of, &a, "what-if")
	}
	if q.past == 0 && q.may(directory.SeeHistory) {
		page.History = q.whyPath(of, &a, "timeline")
	}
	if of.user != 0 {
		page.Compare = q.compareWith(of.user)
	}
	f.Data, f.Calls = page, q.callsOf(of, &a)
	return q.show("why", f)
}

// answer is what somebody has of an attribute, and why.
func (q *request) answer(of subject, a *directory.Attribute) (page whyAnswer, err error) {
	x, err := q.explain(of, a)
	if err != nil {
		return page, err
	}
	told := render.ExplanationOf(of.Text, a, x, q.names.groupName, q.Language)
	if of.group != 0 {
		told = render.GroupExplanationOf(of.Text, a, x, q.names.groupName, q.Language)
	}
	page = whyAnswer{
		Rule: told.RuleText, ValidUntil: x.ValidUntil, Value: effectiveValue(a, &x.Effective, q.Language),
		Chip: q.chipOf(&x.Effective),
	}
	page.Sentence = q.marked(told.Summary, of.part, named(a.Name, q.to("attributes", a.Name)), a, &x)
	for i := range x.Candidates {
		page.Candidates = append(page.Candidates, q.candidateRow(a, &x.Candidates[i], told.Candidates[i].Reason))
	}
	page.Graph = diagram.Draw(q.graphInput(of.part, of.group, a, &x))
	return page, nil
}

// explain says what somebody has of an attribute, and why.
func (q *request) explain(of subject, a *directory.Attribute) (directory.Explanation, error) {
	if of.group != 0 {
		return q.dir.GroupExplain(q.ctx(), of.group, a.ID)
	}
	return q.dir.Explain(q.ctx(), of.user, a.ID)
}

// marked cuts the sentence of an explanation into its words, and the names and
// the value in it, which are links and marks.
func (q *request) marked(summary string, owner, attribute part, a *directory.Attribute,
	x *directory.Explanation) []part {
	owner.Href = ""
	out := []part{{Text: owner.Text, Href: owner.Href, Kind: "strong"}}
	rest, ok := strings.CutPrefix(summary, owner.Text)
	if !ok {
		return parts(say(summary))
	}
	if x.Origin != directory.OriginNone {
		quoted := render.Quoted(a.Type, x.Value, q.Language)
		if after, ok := strings.CutPrefix(rest, " has "+quoted+" for "+attribute.Text); ok {
			out = append(out, say(" has "), effectiveValue(a, &x.Effective, q.Language).part(), say(" for "), attribute)
			rest = after
		}
	}
	return append(out, q.groupsIn(rest, x)...)
}

// groupsIn makes links of the names of groups in a text.
func (q *request) groupsIn(text string, x *directory.Explanation) (out []part) {
	var groups []part
	for i := range x.Candidates {
		for _, g := range append(slices.Clone(x.Candidates[i].Path), x.Candidates[i].Group) {
			if p := q.names.group(g); g != 0 && !slices.Contains(groups, p) {
				groups = append(groups, p)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b part) int { return len(b.Text) - len(a.Text) })
	for text != "" {
		at, found := len(text), part{}
		for _, g := range groups {
			if i := strings.Index(text, g.Text); i >= 0 && i < at {
				at, found = i, g
			}
		}
		if at > 0 {
			out = append(out, say(text[:at]))
		}
		text = strings.TrimPrefix(text[at:], found.Text)
		if found.Text != "" {
			out = append(out, found)
		}
	}
	return out
}

func (q *request) candidateRow(a *directory.Attribute, c *directory.Candidate, reason string) candidateRow {
	row := candidateRow{
		Origin: c.Origin.String(), Value: valueOf(a, c.Value, q.Language), Rank: c.Rank, Distance: c.Distance,
		Outcome: outcomeWord(a, c), Wins: c.Outcome == directory.Contributes, Reason: reason, Window: q.windowNote(c.Window),
	}
	switch c.Origin {
	case directory.OriginGroup:
		row.Name = q.names.group(c.Group)
		for i, g := range c.Path[:max(0, len(c.Path)-1)] {
			if i > 0 {
				row.Path = append(row.Path, say(" › "))
			}
			row.Path = append(row.Path, q.names.group(g))
		}
	case directory.OriginUser:
		row.Name = say("Own value")
	case directory.OriginDefault:
		row.Name = say("Default")
	case directory.OriginNone, directory.OriginSystem:
	}
	return row
}

// outcomeWord says in a few words what became of a candidate.
func outcomeWord(a *directory.Attribute, c *directory.Candidate) string {
	const day = "2 Jan 2006"
	switch c.Outcome {
	case directory.Contributes:
		return "wins"
	case directory.Outranked:
		return "outranked"
	case directory.Farther:
		return "farther away"
	case directory.Shadowed:
		return "own value wins"
	case directory.NotExtreme:
		if a.Rule.Spec().Extreme == directory.Least {
			return "not the least"
		}
		return "not the greatest"
	case directory.NotDeciding:
		return "does not decide"
	case directory.Repeated:
		return "adds nothing new"
	case directory.Yielded:
		return "gives way"
	case directory.NotYetForced:
		return "not before " + c.StartsAt.Time().Format(day)
	case directory.Expired:
		return "expired " + c.ExpiresAt.Time().Format(day)
	case directory.NoText:
		return "no text in this language"
	case directory.NotReached:
		return "not needed"
	}
	return string(c.Outcome)
}

// graphInput is what the graph shows of an explanation.
// The owner is a user, or a group, whose paths begin with itself.
func (q *request) graphInput(owner part, group directory.GroupID, a *directory.Attribute,
	x *directory.Explanation) diagram.Input {
	in := diagram.Input{Owner: render.Shorten(owner.Text, diagram.MaxText), Title: "How " + owner.Text + " gets " + a.Name}
	for i := range x.Candidates {
		c := &x.Candidates[i]
		item := diagram.Candidate{
			Value: valueOf(a, c.Value, q.Language).Text(), Note: outcomeWord(a, c), Wins: c.Outcome == directory.Contributes,
		}
		switch c.Origin {
		case directory.OriginUser:
			in.Own = &item
			continue
		case directory.OriginDefault:
			item.Key, item.Name = "default", "Default"
			in.Low = append(in.Low, item)
			continue
		case directory.OriginGroup, directory.OriginNone, directory.OriginSystem:
		}
		if c.Rank > 0 {
			item.Note = "rank " + number(itoa(c.Rank)) + " · " + item.Note
		}
		p := q.names.group(c.Group)
		item.Key, item.Name, item.Href = "g"+itoa(c.Group), p.Text, p.Href
		if c.Group == directory.HiddenGroup {
			item.Key = "hidden" + itoa(directory.GroupID(i)) // each is another group
		}
		switch {
		case group != 0 && c.Group == group:
			in.Own = &item
			continue
		case c.Group == directory.AllUsers:
			in.Low = append(in.Low, item)
			continue
		}
		path := c.Path
		if group != 0 && len(path) > 0 && path[0] == group {
			path = path[1:]
		}
		for _, g := range path {
			step := q.names.group(g)
			item.Path = append(item.Path, diagram.Step{Key: "g" + itoa(g), Name: step.Text, Href: step.Href})
		}
		in.Groups = append(in.Groups, item)
	}
	return in
}
