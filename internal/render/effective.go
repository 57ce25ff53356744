package render

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// Names returns the names of groups. An unnamed or unknown group has the empty name.
type Names func(directory.GroupID) string

// A Group is a reference to a group.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Groups returns references to groups.
func Groups(ids []directory.GroupID, names Names) []Group {
	list := make([]Group, len(ids))
	for i, id := range ids {
		list[i] = Group{directory.FormatID(id), names(id)}
	}
	return list
}

// An Effective is an effective value.
type Effective struct {
	Attribute string  `json:"attribute"`
	Value     any     `json:"value"`
	Origin    string  `json:"origin"`
	Groups    []Group `json:"groups,omitempty"`
}

// EffectiveOf renders an effective value of an attribute.
func EffectiveOf(a *directory.Attribute, e directory.Effective, names Names, lang directory.Language) Effective {
	out := Effective{Attribute: a.Name, Origin: e.Origin.String(), Groups: Groups(e.Groups, names)}
	if e.Origin != directory.OriginNone {
		out.Value = Value(a.Type, e.Value, lang)
	}
	return out
}

// An Explanation is an effective value and the reason for it.
type Explanation struct {
	Effective
	Type       string      `json:"type"`
	Rule       string      `json:"rule"`
	RuleText   string      `json:"rule_text"`
	Candidates []Candidate `json:"candidates"`
	ValidUntil string      `json:"valid_until,omitempty"`
	Summary    string      `json:"summary"`
}

// A Candidate is a value that could have been the answer, and its outcome.
type Candidate struct {
	Origin    string  `json:"origin"`
	Redacted  bool    `json:"redacted,omitzero"` // it is of a group that the reader may not see
	Group     *Group  `json:"group,omitempty"`
	Value     any     `json:"value"`
	Rank      int     `json:"rank,omitzero"`
	Distance  int     `json:"distance,omitzero"`
	Path      []Group `json:"path,omitempty"`
	Outcome   string  `json:"outcome"`
	Reason    string  `json:"reason"`
	StartsAt  string  `json:"starts_at,omitempty"`
	ExpiresAt string  `json:"expires_at,omitempty"`
	Since     *Since  `json:"since,omitempty"` // if it was asked for and is known
}

// A Since is the change that made a candidate what it is.
type Since struct {
	Revision int64  `json:"revision"`
	At       string `json:"at"`
}

// A sentenceWriter says why a value is what it is.
type sentenceWriter struct {
	who   string // a phrase for the owner of the value
	a     *directory.Attribute
	x     *directory.Explanation
	names Names
	lang  directory.Language
	group bool // the value is a group's: paths begin with that group
}

// ExplanationOf renders an explanation. who is the user or group in the summary.
func ExplanationOf(who string, a *directory.Attribute, x directory.Explanation, names Names,
	lang directory.Language) Explanation {
	return (&sentenceWriter{who: who, a: a, x: &x, names: names, lang: lang}).explanation()
}

// GroupExplanationOf is ExplanationOf for what a group hands down.
func GroupExplanationOf(who string, a *directory.Attribute, x directory.Explanation, names Names,
	lang directory.Language) Explanation {
	return (&sentenceWriter{who: who, a: a, x: &x, names: names, lang: lang, group: true}).explanation()
}

func (t *sentenceWriter) explanation() Explanation {
	a, x := t.a, t.x
	out := Explanation{
		Effective: EffectiveOf(a, x.Effective, t.names, t.lang), Type: string(a.Type),
		Rule: string(a.Rule), RuleText: ruleText(a), ValidUntil: Time(x.ValidUntil), Summary: t.summary(),
		Candidates: []Candidate{},
	}
	for i := range x.Candidates {
		out.Candidates = append(out.Candidates, t.candidate(&x.Candidates[i]))
	}
	return out
}

func (t *sentenceWriter) candidate(c *directory.Candidate) Candidate {
	out := Candidate{
		Origin: c.Origin.String(), Value: Value(t.a.Type, c.Value, t.lang), Rank: c.Rank, Distance: c.Distance,
		Path: t.path(c.Path), Outcome: string(c.Outcome), Reason: t.reason(c),
		StartsAt: Time(c.StartsAt), ExpiresAt: Time(c.ExpiresAt),
	}
	switch {
	case c.Group == directory.HiddenGroup:
		out.Redacted, out.Value = true, nil
	case c.Origin == directory.OriginGroup:
		out.Group = &Group{directory.FormatID(c.Group), t.names(c.Group)}
	}
	return out
}

// path returns references to the groups of a path. A group that the reader may not see has
// neither id nor name.
func (t *sentenceWriter) path(ids []directory.GroupID) []Group {
	list := Groups(ids, t.names)
	for i, id := range ids {
		if id == directory.HiddenGroup {
			list[i] = Group{}
		}
	}
	return list
}

// name returns the name of a group for a sentence.
func (t *sentenceWriter) name(id directory.GroupID) string {
	if id == directory.HiddenGroup {
		return "a group that you may not see"
	}
	if name := t.names(id); name != "" {
		return name
	}
	return "group " + directory.FormatID(id)
}

// ruleText says an attribute's rule and the effect of a user's own value in words.
func ruleText(a *directory.Attribute) string {
	if a.ID.Computed() {
		return "The value is computed from the user's own fields."
	}
	rule := a.Rule.Spec().Says
	switch a.UserValueMode {
	case directory.ModeJoins:
		return strings.ToUpper(rule[:1]) + rule[1:] + "; the user's own value counts among them as the strongest."
	case directory.ModeYields:
		return strings.ToUpper(rule[:1]) + rule[1:] + "; the user's own value counts only where no group has one."
	case directory.ModeWins:
	}
	return "The user's own value decides; else " + rule + "."
}

// reason says why a candidate counts or not.
func (t *sentenceWriter) reason(c *directory.Candidate) string {
	by := "the user's own value"
	if c.By != 0 {
		by = "the value of " + t.name(c.By)
	}
	switch c.Outcome {
	case directory.Contributes:
		if len(t.x.Groups) > 1 {
			return "It is part of the answer."
		}
		return "It is the answer."
	case directory.Outranked:
		return fmt.Sprintf("It is outranked by %s.", by)
	case directory.Farther:
		return fmt.Sprintf("It is farther away than %s.", by)
	case directory.Shadowed:
		return "The user's own value decides."
	case directory.NotExtreme:
		return fmt.Sprintf("%s is %s.", strings.ToUpper(by[:1])+by[1:], t.a.Rule.Spec().Beats)
	case directory.NotDeciding:
		return strings.ToUpper(by[:1]) + by[1:] + " decides."
	case directory.Repeated:
		return "It adds no element that is not there already."
	case directory.Yielded:
		return "A group has a value, and the user's own value gives way to it."
	case directory.NotYetForced:
		return fmt.Sprintf("It is not in force before %s.", Time(c.StartsAt))
	case directory.Expired:
		return fmt.Sprintf("It expired at %s.", Time(c.ExpiresAt))
	case directory.NoText:
		return "It has no text in this language."
	case directory.NotReached:
		return "The default counts only where there is nothing else."
	}
	return string(c.Outcome)
}

// summary returns one sentence for people.
func (t *sentenceWriter) summary() string {
	value := Quoted(t.a.Type, t.x.Value, t.lang)
	switch t.x.Origin {
	case directory.OriginNone:
		return fmt.Sprintf("%s has no value of %s: there is no own value, no group value in force and no default.", t.who,
			t.a.Name)
	case directory.OriginUser:
		if len(t.x.Groups) > 0 {
			return fmt.Sprintf("%s has %s for %s: the own value, joined with those of %s.", t.who, value, t.a.Name,
				t.list(t.contributors()))
		}
		return fmt.Sprintf("%s has %s for %s because that is the own value.", t.who, value, t.a.Name)
	case directory.OriginDefault:
		return fmt.Sprintf("%s has %s for %s because that is the default, and nothing else is in force.", t.who, value,
			t.a.Name)
	case directory.OriginSystem:
		return fmt.Sprintf("%s has %s for %s, which is computed from the user's own fields.", t.who, value, t.a.Name)
	case directory.OriginGroup:
	}
	if len(t.x.Groups) != 1 {
		return fmt.Sprintf("%s has %s for %s, joined from %s.", t.who, value, t.a.Name, t.list(t.contributors()))
	}
	return fmt.Sprintf("%s has %s for %s from %s%s.", t.who, value, t.a.Name, t.from(), t.because())
}

// contributors returns the groups that the answer comes from, as far as the reader may see
// them.
func (t *sentenceWriter) contributors() []directory.GroupID {
	var ids []directory.GroupID
	for i := range t.x.Candidates {
		if c := &t.x.Candidates[i]; c.Outcome == directory.Contributes && c.Origin == directory.OriginGroup {
			ids = append(ids, c.Group)
		}
	}
	return ids
}

func (t *sentenceWriter) list(ids []directory.GroupID) string {
	names := make([]string, 0, len(ids)+1)
	hidden := 0
	for _, id := range ids {
		if id == directory.HiddenGroup {
			hidden++
		} else {
			names = append(names, t.name(id))
		}
	}
	switch {
	case hidden == 1:
		names = append(names, t.name(directory.HiddenGroup))
	case hidden > 1:
		names = append(names, fmt.Sprintf("%d groups that you may not see", hidden))
	}
	if len(names) > 5 {
		names = append(names[:5], fmt.Sprintf("%d more", len(names)-5))
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// winner returns the candidate that is the answer.
func (t *sentenceWriter) winner() *directory.Candidate {
	for i := range t.x.Candidates {
		if c := &t.x.Candidates[i]; c.Outcome == directory.Contributes {
			return c
		}
	}
	return &directory.Candidate{Group: t.x.Groups[0]}
}

// from names the group that decides and how it is reached.
func (t *sentenceWriter) from() string {
	c := t.winner()
	between := c.Path[:max(0, len(c.Path)-1)]
	if t.group && len(between) > 0 {
		between = between[1:]
	}
	if len(between) == 0 {
		return t.name(c.Group)
	}
	return t.name(c.Group) + " through " + t.list(between)
}

// because says what the group's value won against.
func (t *sentenceWriter) because() string {
	rivals, hidden := 0, 0
	for _, c := range t.x.Candidates {
		switch c.Outcome {
		case directory.Outranked, directory.Farther, directory.NotExtreme, directory.NotDeciding:
			rivals++
			if c.Group == directory.HiddenGroup {
				hidden++
			}
		default: // not a rival
		}
	}
	if rivals == 0 {
		return ", the only group value that counts"
	}
	others := ""
	if hidden > 0 {
		others = fmt.Sprintf("; %d of the others you may not see", hidden)
	}
	return t.against(rivals) + others
}

// against compares the group's value with those that it won against.
func (t *sentenceWriter) against(rivals int) string {
	if because := t.a.Rule.Spec().Because; because != "" {
		return fmt.Sprintf(because, rivals+1)
	}
	return fmt.Sprintf(", whose rank, %d, is the strongest of %d group values", t.winner().Rank, rivals+1)
}
