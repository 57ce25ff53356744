package console

import (
	"cohort/internal/console/draft"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A previewView is what a change would do.
type previewView struct {
	Affected   int64
	Disabled   int64 // of them, beside
	Total      int64
	Groups     int64 // whose own answers change
	AllGroups  int64 // 0 if they were not counted
	Share      int   // of all, in percent
	Attributes []effectView
	Samples    []sampleView
	Warnings   []string
	Token      string
	Refused    string
	Nothing    bool
}

// An effectView is what happens to one attribute.
type effectView struct {
	Name   part
	Users  int64
	Values []valueEffect
	Others int64
}

// A valueEffect counts the users whose value changes alike.
type valueEffect struct {
	Before, After value
	Users         int64
	Width         int // of its bar, of 100
}

// A sampleView is a user whose value changes.
type sampleView struct {
	User          part
	Attribute     string
	Before, After value
	Was, Why      string // both explanations
}

const effectsShown = 6

// preview works out what the draft would do. It contains refusals.
func (q *request) preview(d *draft.Draft) *previewView {
	p, err := q.dir.Preview(q.ctx(), directory.Change{Edits: d.Edits()})
	if err != nil {
		return &previewView{Refused: errorPageOf(err).Text}
	}
	v := q.previewOf(&p)
	if n, err := q.dir.CountGroups(q.ctx()); err == nil {
		v.AllGroups = n - 1 // without All Users
	}
	return v
}

// previewOf shows what a change would do, or did.
func (q *request) previewOf(p *directory.Preview) *previewView {
	v := &previewView{
		Affected: p.Affected.All(), Disabled: p.Affected.Disabled, Total: p.Total.All(), Token: p.Token, Nothing: !p.Changed,
		Groups: p.Groups,
	}
	if v.Total > 0 {
		v.Share = int(100 * v.Affected / v.Total)
	}
	for i := range p.Attributes {
		v.Attributes = append(v.Attributes, q.effectView(&p.Attributes[i]))
	}
	for _, w := range p.Warnings {
		v.Warnings = append(v.Warnings, w.Msg)
	}
	groups := func(id directory.GroupID) string { return p.GroupNames[id] }
	for i := range p.Sample {
		v.Samples = append(v.Samples, q.sampleView(&p.Sample[i], p.Attributes, groups))
	}
	return v
}

func (q *request) effectView(e *directory.AttributeEffect) effectView {
	a := attributeOf(e)
	out := effectView{Name: named(a.Name, q.to("attributes", a.Name)), Users: e.All(), Others: e.Others.All()}
	for i, v := range e.Values {
		if i == effectsShown {
			for _, rest := range e.Values[i:] {
				out.Others += rest.All()
			}
			break
		}
		out.Values = append(out.Values, valueEffect{
			Before: q.sideOf(a, v.Before), After: q.sideOf(a, v.After), Users: v.All(),
			Width: max(1, int(100*v.All()/max(1, e.All()))),
		})
	}
	return out
}

// attributeOf is the attribute after the change, or before it if it goes.
func attributeOf(e *directory.AttributeEffect) *directory.Attribute {
	if e.After.ID != 0 {
		return &e.After
	}
	return &e.Before
}

func (q *request) sideOf(a *directory.Attribute, v directory.SetValue) value {
	if !v.Set {
		return value{Type: string(a.Type)}
	}
	return valueOf(a, v.Value, q.Language)
}

func (q *request) sampleView(s *directory.AffectedUser, effects []directory.AttributeEffect,
	groups render.Names) sampleView {
	rows := directory.UserRows{User: s.User}
	out := sampleView{User: named(userName(&rows), q.to("users", directory.FormatID(s.User.ID)))}
	for i := range effects {
		a := attributeOf(&effects[i])
		if a.ID != s.Attribute {
			continue
		}
		out.Attribute = a.Name
		out.Before, out.After = effectiveValue(a, &s.Before.Effective, q.Language),
			effectiveValue(a, &s.After.Effective, q.Language)
		who := render.Who(&s.User)
		out.Was = render.ExplanationOf(who, a, s.Before, groups, q.Language).Summary
		out.Why = render.ExplanationOf(who, a, s.After, groups, q.Language).Summary
	}
	return out
}
