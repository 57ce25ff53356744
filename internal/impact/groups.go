package impact

import (
	"maps"
	"slices"

	"cohort/internal/directory"
)

// groupsAffected counts the groups that are there before and after a change, and
// of whose own effective values at least one changes.
func (r *Reach) groupsAffected(language directory.Language, at directory.Instant) int64 {
	attrs := slices.Sorted(maps.Keys(r.attrs))
	if len(attrs) == 0 {
		return 0
	}
	var n int64
	var before, after []directory.Effective
	count := func(id directory.GroupID) {
		if _, there := r.before.Group(id); !there {
			return
		}
		before = r.before.GroupEffective(before[:0], id, attrs, language, at)
		after = r.after.GroupEffective(after[:0], id, attrs, language, at)
		if !slices.EqualFunc(before, after, sameAnswer) {
			n++
		}
	}
	if r.everyone {
		for g := range r.after.Groups() {
			count(g.ID)
		}
		return n
	}
	for id := range r.groups {
		if _, there := r.after.Group(id); there {
			count(id)
		}
	}
	return n
}

// sameAnswer reports whether two effective values are the same to who reads them.
func sameAnswer(a, b directory.Effective) bool {
	none := directory.OriginNone
	return a.Attribute == b.Attribute && (a.Origin() == none) == (b.Origin() == none) && a.Value().Equal(b.Value())
}
