package desired

import (
	"maps"
	"slices"

	"cohort/internal/directory"
)

// Compare plans what makes one directory equal to another, by name. It ignores ids, times,
// marks and hidden texts.
func Compare(from, to *Live, users bool) *Plan {
	state, _ := StateOf(to, users)
	complete(state)
	return Make(state, from, Options{ByName: true, Complete: true, Prune: true, PruneAll: true})
}

// CompareWith plans what makes a directory equal to a state, by name. It ignores what the
// state does not manage.
func CompareWith(from *Live, to *State) *Plan {
	return Make(to, from, Options{ByName: true, Prune: true, PruneAll: true,
		Secret: func(Value) (string, error) { return "", nil }})
}

// Inverted returns the lines of the opposite direction.
func Inverted(items []Item) []Item {
	out := slices.Clone(items)
	for i := range out {
		out[i].Before, out[i].After = out[i].After, out[i].Before
		switch out[i].Action {
		case Create:
			out[i].Action = Remove
		case Remove:
			out[i].Action = Create
		case Change, Adopt:
		}
	}
	return out
}

// complete makes a state manage everything: it sets fields that an export omits to empty.
func complete(s *State) {
	fill := func(fields ...**string) {
		for _, f := range fields {
			if *f == nil {
				*f = new("")
			}
		}
	}
	for i := range s.Groups {
		fill(&s.Groups[i].Language, &s.Groups[i].Description)
	}
	for i := range s.Attributes {
		a := &s.Attributes[i]
		fill(&a.Description, &a.Pattern, &a.Least, &a.Greatest)
		if a.Allowed == nil {
			a.Allowed = &[]directory.AllowedValue{}
		}
		if a.MaxLength == nil {
			a.MaxLength = new(0)
		}
	}
	for i := range s.Users {
		u := &s.Users[i]
		fill(&u.ContactEmail, &u.Timezone, &u.Language)
	}
}

// unnamed returns the live values that are missing in a complete state, without hidden ones.
func (p *planner) unnamed(values []Assigned, live []LiveValue) []Assigned {
	if !p.opt.Complete && p.opt.Within == "" {
		return values
	}
	named := map[string]bool{}
	for i := range values {
		named[values[i].Attribute] = true
	}
	out := slices.Clip(values)
	for i := range live {
		t := p.attributes.byID[live[i].Attribute]
		if t != nil && t.used && !live[i].Hidden && !named[t.live.Name] && (p.opt.Complete || p.owns(t.live.Sources)) {
			out = append(out, Assigned{Attribute: t.live.Name, Value: Value{Clear: true}})
		}
	}
	return out
}

// allSources returns the wanted source references of an object. A complete state removes the
// references that it does not name.
func (p *planner) allSources(want, have map[string]string) map[string]string {
	if !p.opt.Complete {
		return want
	}
	all := map[string]string{}
	for source := range ownSources(have) {
		all[source] = ""
	}
	maps.Copy(all, want)
	return all
}
