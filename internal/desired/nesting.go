package desired

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// checkNesting refuses rings and nestings that are too deep, so that nothing is created that
// the directory would refuse.
func (p *planner) checkNesting(list []nesting) {
	w := climb{
		parents: map[directory.GroupID][]directory.GroupID{}, depth: map[directory.GroupID]int{},
		ring: map[directory.GroupID][]directory.GroupID{},
	}
	for i := range p.live.Groups {
		w.parents[p.live.Groups[i].ID] = p.live.Groups[i].Parents
	}
	keys := map[directory.GroupID]string{}
	for _, n := range list {
		w.parents[n.id] = n.want
		keys[n.id] = n.group.Key
	}
	for _, n := range list {
		w.from(n.id)
		switch ring := w.ring[n.id]; {
		case ring != nil:
			names := make([]string, len(ring))
			for i, id := range ring {
				if names[i] = keys[id]; names[i] == "" {
					names[i] = p.groupName(id)
				}
			}
			way := strings.Join(names, " in ") + " in " + names[0]
			p.problem("group", &n.group.Entry, "has parents that lead back to it: %s", way)
		case w.depth[n.id] > directory.MaxNestingDepth:
			p.problem("group", &n.group.Entry, "would be the last of %d groups inside each other; the most is %d",
				w.depth[n.id], directory.MaxNestingDepth)
		}
	}
}

// A climb walks from groups to their ancestors, each group once.
type climb struct {
	parents map[directory.GroupID][]directory.GroupID
	depth   map[directory.GroupID]int                 // groups on the longest path up, with itself; 0 while being computed
	ring    map[directory.GroupID][]directory.GroupID // of groups in a ring: from itself up to itself
}

// from walks up from a group without recursion, because files can be deep.
func (w *climb) from(start directory.GroupID) {
	if _, known := w.depth[start]; known {
		return
	}
	path, next := []directory.GroupID{start}, []int{0}
	w.depth[start] = 0
	for len(path) > 0 {
		last := len(path) - 1
		id := path[last]
		if next[last] < len(w.parents[id]) {
			parent := w.parents[id][next[last]]
			next[last]++
			if _, known := w.depth[parent]; !known {
				path, next = append(path, parent), append(next, 0)
				w.depth[parent] = 0
			} else if at := slices.Index(path, parent); at >= 0 {
				w.closes(path[at:])
			}
			continue
		}
		most := 0
		for _, parent := range w.parents[id] {
			most = max(most, w.depth[parent])
		}
		w.depth[id] = most + 1
		path, next = path[:last], next[:last]
	}
}

// closes records a ring: each group is in the next one, and the last in the first.
func (w *climb) closes(ring []directory.GroupID) {
	for i, id := range ring {
		if w.ring[id] == nil {
			w.ring[id] = append(slices.Clone(ring[i:]), ring[:i]...)
		}
	}
}
