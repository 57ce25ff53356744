package render

import (
	"strings"

	"cohort/internal/directory"
)

// A Moment is a moment at which an answer changed.
type Moment struct {
	At       string     `json:"at"`
	Revision int64      `json:"revision,omitempty"` // of the change
	Caller   string     `json:"caller,omitempty"`   // id of the user who made it
	Dialect  string     `json:"dialect,omitempty"`
	Comment  string     `json:"comment,omitempty"`
	Passed   bool       `json:"passed,omitzero"` // time alone changed it
	Before   *Effective `json:"before,omitempty"`
	After    *Effective `json:"after,omitempty"`
	What     []string   `json:"what"` // did it, a sentence for each row
	Sentence string     `json:"sentence"`
}

// maxWhat is how many sentences about rows a moment has.
const maxWhat = 10

// MomentOf renders a moment of somebody's answer.
func MomentOf(who string, m *directory.AnswerMoment, then Then, lang directory.Language) Moment {
	out := Moment{
		At: Time(m.At), Revision: int64(m.Change.Revision), Dialect: m.Change.Dialect, Comment: m.Change.Comment,
		Passed: m.Passed, What: []string{},
	}
	if m.Change.Caller != 0 {
		out.Caller = directory.FormatID(m.Change.Caller)
	}
	if m.Known && m.Before.Attribute != 0 {
		before := EffectiveOf(&m.Definition, m.Before.Effective, m.GroupName, lang)
		out.Before = &before
	}
	after := EffectiveOf(&m.Definition, m.After.Effective, m.GroupName, lang)
	out.After = &after
	for i, w := range m.Writes {
		if i == maxWhat {
			out.What = append(out.What, "and more of the same change.")
			break
		}
		out.What = append(out.What, RowChangeOf(w, then).Text)
	}
	out.Sentence = momentSentence(who, m, lang)
	return out
}

// momentSentence says what the answer was and what it became.
func momentSentence(who string, m *directory.AnswerMoment, lang directory.Language) string {
	since := (&sentenceWriter{who: who, a: &m.Definition, x: &m.After, names: m.GroupName, lang: lang}).summary()
	was := rendered(m, &m.Before, lang)
	switch {
	case !m.Known:
		return "What was before is not known. " + since
	case m.Before.Attribute == 0:
		return strings.TrimSuffix(since, ".") + "; there was nothing to ask about before."
	case m.Passed:
		return strings.TrimSuffix(since, ".") + "; it was " + was + " until then, and time alone changed it."
	}
	return strings.TrimSuffix(since, ".") + "; it was " + was + " before."
}

func rendered(m *directory.AnswerMoment, x *directory.Explanation, lang directory.Language) string {
	if x.Origin == directory.OriginNone {
		return "without a value"
	}
	return Quoted(m.Definition.Type, x.Value, lang)
}
