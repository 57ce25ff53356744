package changes

import (
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A Preview is what a change would do.
type Preview struct {
	Affected   int64
	Disabled   int64 // of Affected
	Total      int64
	Groups     int64 // groups whose own effective values change
	AllGroups  int64 // 0 if they were not counted
	Share      int   // percentage of Total
	Attributes []effectView
	Samples    []sampleView
	Warnings   []string
	Token      string
	Refused    string
	Nothing    bool
}

// An effectView is the effect on one attribute.
type effectView struct {
	Name   sentence.Part
	Users  int64
	Values []valueEffect
	Others int64
}

// A valueEffect counts the users whose value changes in the same way.
type valueEffect struct {
	Before, After sentence.Value
	Users         int64
	Width         int // of its bar, out of 100
}

// A sampleView is a user whose value changes.
type sampleView struct {
	User          sentence.Part
	Attribute     string
	Before, After sentence.Value
	Was, Why      string // explanations before and after
}

const effectsShown = 6

// NewPreview returns the view of what a change would do, or did.
func NewPreview(q *pagekit.Request, p *directory.Preview) *Preview {
	v := &Preview{
		Affected: p.Affected.All(), Disabled: p.Affected.Disabled, Total: p.Total.All(), Token: p.Token, Nothing: !p.Changed,
		Groups: p.Groups,
	}
	if v.Total > 0 {
		v.Share = int(100 * v.Affected / v.Total)
	}
	for i := range p.Attributes {
		v.Attributes = append(v.Attributes, newEffectView(q, &p.Attributes[i]))
	}
	for _, w := range p.Warnings {
		v.Warnings = append(v.Warnings, w.Msg)
	}
	groups := func(id directory.GroupID) string { return p.GroupNames[id] }
	for i := range p.Sample {
		v.Samples = append(v.Samples, newSampleView(q, &p.Sample[i], p.Attributes, groups))
	}
	return v
}

func newEffectView(q *pagekit.Request, e *directory.AttributeEffect) effectView {
	a := attributeOf(e)
	out := effectView{Name: sentence.Named(a.Name, q.To("attributes", a.Name)), Users: e.All(), Others: e.Others.All()}
	for i, v := range e.Values {
		if i == effectsShown {
			for _, rest := range e.Values[i:] {
				out.Others += rest.All()
			}
			break
		}
		out.Values = append(out.Values, valueEffect{
			Before: sideOf(q, a, v.Before), After: sideOf(q, a, v.After), Users: v.All(),
			Width: max(1, int(100*v.All()/max(1, e.All()))),
		})
	}
	return out
}

// attributeOf returns the attribute after the change, or before it if the change deletes it.
func attributeOf(e *directory.AttributeEffect) *directory.Attribute {
	if e.After.ID != 0 {
		return &e.After
	}
	return &e.Before
}

func sideOf(q *pagekit.Request, a *directory.Attribute, v directory.SetValue) sentence.Value {
	if !v.Set {
		return sentence.Value{Type: string(a.Type)}
	}
	return sentence.ValueOf(a, v.Value, q.Language)
}

func newSampleView(q *pagekit.Request, s *directory.AffectedUser, effects []directory.AttributeEffect,
	groups render.Names) sampleView {
	rows := directory.UserRows{User: s.User}
	out := sampleView{User: sentence.Named(sentence.UserName(&rows), q.To("users", directory.FormatID(s.User.ID)))}
	for i := range effects {
		a := attributeOf(&effects[i])
		if a.ID != s.Attribute {
			continue
		}
		out.Attribute = a.Name
		out.Before, out.After = sentence.EffectiveValue(a, &s.Before.Effective, q.Language),
			sentence.EffectiveValue(a, &s.After.Effective, q.Language)
		who := render.Who(&s.User)
		out.Was = render.ExplanationOf(who, a, s.Before, groups, q.Language).Summary
		out.Why = render.ExplanationOf(who, a, s.After, groups, q.Language).Summary
	}
	return out
}
