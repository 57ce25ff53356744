package desired

import (
	"cmp"
	"strings"

	"cohort/internal/directory"
)

// keep finds the objects that must stay, so that they are not removed and can be referred to.
func (p *planner) keep(kept *State) {
	for i := range kept.Roles {
		keepOne(&p.roles, &kept.Roles[i].Entry, kept.Roles[i].name())
	}
	for i := range kept.Attributes {
		keepOne(&p.attributes, &kept.Attributes[i].Entry, strings.ToLower(kept.Attributes[i].name()))
	}
	for i := range kept.Groups {
		g := &kept.Groups[i]
		keepOne(&p.groups, &g.Entry, cmp.Or(g.Find, g.name(), g.found()))
	}
	for i := range kept.Users {
		keepOne(&p.users, &kept.Users[i].Entry, userNames(&kept.Users[i])...)
	}
}

// keepOne marks all live objects that an entry may mean.
func keepOne[L any, ID directory.ID](t *targets[L, ID], e *Entry, names ...string) {
	list := []*target[L, ID]{t.byMark[e.Key], t.byID[ID(e.ID)]}
	for source, id := range e.Sources {
		list = append(list, t.bySrc[[2]string{source, id}])
	}
	for _, name := range names {
		if name != "" {
			list = append(list, t.byName[name]...)
		}
	}
	for _, one := range list {
		if one == nil {
			continue
		}
		one.used = true
		if _, known := t.byKey[e.Key]; !known {
			t.byKey[e.Key] = one
		}
	}
}
