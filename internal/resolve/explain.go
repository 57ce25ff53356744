package resolve

import (
	"slices"

	"cohort/internal/directory"
)

// Explain returns a user's effective value of an attribute with all candidates. For an unknown
// attribute there are none.
//
// It walks the groups each time. Effective returns the same value from memoised lists; tests
// compare the two.
func (c *Catalog) Explain(u *directory.UserRows, id directory.AttributeID, lang directory.Language,
	at directory.Instant) directory.Explanation {
	a, ok := c.attribute(id)
	if !ok {
		return directory.Explanation{Effective: directory.Effective{Attribute: id}}
	}
	if id.Computed() {
		return directory.Explanation{Effective: computed(u, id), Rule: a.row.Rule}
	}
	e := explainer{c: c, a: &a.row, lang: lang, at: at}
	e.reach(c.walkUp(c.direct(u, at), 1), 1)
	for i := range u.Values {
		if v := &u.Values[i]; v.Attribute == id {
			e.own = e.candidate(directory.Candidate{Origin: directory.OriginUser, Value: v.Value, Window: v.Window})
		}
	}
	out := e.decide()
	for i := range u.Memberships {
		if m := &u.Memberships[i]; e.bears(m) {
			out.ValidUntil = earlier(out.ValidUntil, m.NextBoundary(at))
		}
	}
	return out
}

// ExplainGroup returns the value that a group's members inherit from it, with all candidates.
// The group itself is at distance 0.
func (c *Catalog) ExplainGroup(group directory.GroupID, id directory.AttributeID, lang directory.Language,
	at directory.Instant) directory.Explanation {
	a, ok := c.attribute(id)
	if !ok {
		return directory.Explanation{Effective: directory.Effective{Attribute: id}}
	}
	if id.Computed() {
		return directory.Explanation{Effective: directory.Effective{Attribute: id}, Rule: a.row.Rule}
	}
	e := explainer{c: c, a: &a.row, lang: lang, at: at}
	e.reach(c.walkUp(c.indexes([]directory.GroupID{group}), 0), 0)
	return e.decide()
}

// An explainer collects the candidates of one attribute and decides among them.
type explainer struct {
	c      *Catalog
	a      *directory.Attribute
	lang   directory.Language
	at     directory.Instant
	groups []*candidate
	own    *candidate // the user's own value
}

// A candidate is a directory.Candidate under construction. Its outcome is empty while it may
// still be the answer.
type candidate struct {
	directory.Candidate
	strength
	text string
}

// candidate adds a value and decides whether it can be the answer at all.
func (e *explainer) candidate(c directory.Candidate) *candidate {
	text, ok := c.Value.In(e.lang)
	switch {
	case c.StartsAt > e.at:
		c.Outcome = directory.NotYetForced
	case !c.InForce(e.at):
		c.Outcome = directory.Expired
	case !ok:
		c.Outcome = directory.NoText
	}
	return &candidate{Candidate: c, text: text, strength: ownStrength(e.a.Rule, text)}
}

// reach collects the values of the groups of a walk that began at the given distance, and
// those of All Users.
func (e *explainer) reach(steps []step, nearest int) {
	farthest := nearest - 1
	for at, s := range steps {
		farthest = max(farthest, s.distance)
		if cand := e.groupValue(s.group, uint16(s.distance)); cand != nil {
			cand.Distance = s.distance
			cand.Path = e.c.path(steps, at)
			e.groups = append(e.groups, cand)
		}
	}
	if i, _, ok := e.c.groups.visible(directory.AllUsers); ok {
		if cand := e.groupValue(i, allUsersClass); cand != nil {
			cand.Distance = farthest + 1
			e.groups = append(e.groups, cand)
		}
	}
	slices.SortFunc(e.groups, e.compare)
}

func (e *explainer) groupValue(i int32, distance uint16) *candidate {
	g := e.c.groups.at(i)
	at, ok := g.value(e.a.ID)
	if !ok {
		return nil
	}
	v := g.values[at]
	rank, _ := e.c.RankOf(g.id, e.a.ID)
	cand := e.candidate(directory.Candidate{
		Origin: directory.OriginGroup, Group: g.id, Value: v.Value, Rank: rank, Window: v.Window,
	})
	cand.strength = strength{class(e.a.Rule, distance, cand.text), v.Order, g.id}
	return cand
}

// path returns the groups from the start of a walk to one of its steps.
func (c *Catalog) path(steps []step, at int) []directory.GroupID {
	var list []directory.GroupID
	for i := int32(at); i >= 0; i = steps[i].from {
		list = append(list, c.groups.at(steps[i].group).id)
	}
	slices.Reverse(list)
	return list
}

func (e *explainer) compare(x, y *candidate) int {
	if c := extreme(e.a, x.text, y.text); c != 0 {
		return c
	}
	return x.strength.compare(y.strength)
}

// decide applies the rule and the mode.
func (e *explainer) decide() directory.Explanation {
	out := directory.Explanation{Rule: e.a.Rule, Effective: directory.Effective{Attribute: e.a.ID}}
	usable := slices.DeleteFunc(slices.Clone(e.groups), func(c *candidate) bool { return c.Outcome != "" })
	own := e.own != nil && e.own.Outcome == ""
	all := e.groups
	if e.own != nil {
		all = slices.Insert(slices.Clone(all), 0, e.own)
	}
	switch {
	case own && e.a.UserValueMode == directory.ModeJoins:
		usable = append(usable, e.own)
		slices.SortFunc(usable, e.compare)
		slices.SortFunc(all, e.compare)
		e.answer(&out, usable)
	case e.a.UserValueMode == directory.ModeYields:
		all = e.groups
		if e.own != nil {
			all = append(slices.Clone(all), e.own)
		}
		switch {
		case len(usable) > 0:
			e.answer(&out, usable)
			if own {
				e.own.Outcome = directory.Yielded
			}
		case own:
			e.take(&out, e.own)
		}
	case own:
		e.take(&out, e.own)
		for _, c := range usable {
			c.Outcome = directory.Shadowed
		}
	default:
		e.answer(&out, usable)
	}
	for _, c := range all {
		out.Candidates = append(out.Candidates, c.Candidate)
		out.ValidUntil = earlier(out.ValidUntil, c.NextBoundary(e.at))
	}
	e.useDefault(&out)
	return out
}

// answer lets the rule decide among candidates, strongest first.
func (e *explainer) answer(out *directory.Explanation, among []*candidate) {
	if len(among) == 0 {
		return
	}
	if e.a.Rule.Spec().Gathers {
		e.union(out, among)
		return
	}
	winner := among[0]
	e.take(out, winner)
	for _, c := range among[1:] {
		c.Outcome, c.By = e.lost(winner, c), winner.Group
	}
}

// take makes a candidate the answer.
func (e *explainer) take(out *directory.Explanation, c *candidate) {
	c.Outcome = directory.Contributes
	var groups []directory.GroupID
	if c.Origin == directory.OriginGroup {
		groups = []directory.GroupID{c.Group}
	}
	out.Effective = directory.Effective{Attribute: e.a.ID, Origin: c.Origin, Value: c.Value, Groups: groups}
}

// lost returns why a candidate lost against the winner.
func (e *explainer) lost(winner, c *candidate) directory.Outcome {
	switch {
	case extreme(e.a, winner.text, c.text) != 0:
		return directory.NotExtreme
	case winner.class != c.class && !e.a.Rule.Spec().ByDistance:
		return directory.NotDeciding
	case winner.Origin == directory.OriginUser:
		return directory.Shadowed
	case winner.class != c.class:
		return directory.Farther
	}
	return directory.Outranked
}

func (e *explainer) union(out *directory.Explanation, among []*candidate) {
	var u union
	var groups []directory.GroupID
	origin := directory.OriginNone
	for _, c := range among {
		c.Outcome = directory.Repeated
		if u.add(c.text) {
			c.Outcome = directory.Contributes
			if origin == directory.OriginNone {
				origin = c.Origin
			}
			if c.Origin == directory.OriginGroup {
				groups = append(groups, c.Group)
			}
		}
	}
	if origin != directory.OriginNone {
		out.Effective = directory.Effective{
			Attribute: e.a.ID, Origin: origin, Value: u.value(e.a.Type, e.lang), Groups: groups,
		}
	}
}

// useDefault adds the default to the candidates, and makes it the answer if there is no other.
func (e *explainer) useDefault(out *directory.Explanation) {
	if !e.a.HasDefault() {
		return
	}
	d := directory.Candidate{Origin: directory.OriginDefault, Value: e.a.Default, Outcome: directory.NotReached}
	if _, ok := d.Value.In(e.lang); !ok {
		d.Outcome = directory.NoText
	} else if out.Origin == directory.OriginNone {
		d.Outcome = directory.Contributes
		out.Effective = directory.Effective{Attribute: e.a.ID, Origin: directory.OriginDefault, Value: d.Value}
	}
	out.Candidates = append(out.Candidates, d)
}

// bears reports whether a membership would bring a value of the attribute if it were in force.
func (e *explainer) bears(m *directory.Membership) bool {
	if m.NextBoundary(e.at) == 0 {
		return false
	}
	for _, s := range e.c.walkUp(e.c.indexes([]directory.GroupID{m.Group}), 1) {
		if _, ok := e.c.groups.at(s.group).value(e.a.ID); ok {
			return true
		}
	}
	return false
}

// earlier returns the earlier of two instants, where 0 means never.
func earlier(a, b directory.Instant) directory.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
