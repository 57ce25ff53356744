package desired

import (
	"slices"

	"cohort/internal/directory"
)

// owns reports whether an object belongs to the source within which the state is complete.
func (p *planner) owns(sources map[string]string) bool {
	return p.opt.Within != "" && sources[p.opt.Within] != ""
}

func (p *planner) ownsGroup(id directory.GroupID) bool {
	t := p.groups.byID[id]
	return t != nil && p.owns(t.live.Sources)
}

func (p *planner) ownsRole(id directory.RoleID) bool {
	t := p.roles.byID[id]
	return t != nil && (p.owns(t.live.Sources) || p.opt.Within != "" && t.live.BuiltIn)
}

// names reports whether one of the keys is that of an existing group.
func (p *planner) names(keys []string, id directory.GroupID) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		t := p.groups.byKey[key]
		return t != nil && t.id == id
	})
}
