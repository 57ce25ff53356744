package impact

import (
	"maps"
	"slices"

	"cohort/internal/directory"
)

// groupsAffected counts the groups that are there before and after a change and have
// an effective value that changes.
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

// groupsAtMost is an upper bound of the groups that were there before and have an
// effective value that changes, and how many groups there were. It leaves out All
// Users.
func (r *Reach) groupsAtMost() (most, all int64) {
	all = -1 // All Users
	for range r.before.Groups() {
		all++
	}
	switch {
	case len(r.attrs) == 0:
		return 0, all
	case r.everyone:
		return all, all
	}
	for id := range r.groups {
		if _, there := r.before.Group(id); there {
			most++
		}
	}
	return most, all
}

// sameAnswer reports whether two effective values are the same for a reader.
func sameAnswer(a, b directory.Effective) bool {
	none := directory.OriginNone
	return a.Attribute == b.Attribute && (a.Origin == none) == (b.Origin == none) && a.Value.Equal(b.Value)
}
