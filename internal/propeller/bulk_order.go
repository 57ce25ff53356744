package propeller

import (
	"slices"

	"cohort/internal/directory"
)

// A sourceKey is a source reference as it was sent.
type sourceKey struct{ source, sourceID string }

// A link is how an item of a bulk call hangs together with others: what it is
// found by, and what it is to be in.
type link struct {
	id       string // empty where the call finds by source id
	own      sourceKey
	parentID string
	parent   sourceKey
	moves    bool // a parent was sent, and it is not the root
	root     bool // it is to be in none
}

func newLink(key string, n *node) link {
	l := link{own: sourceKey{n.textOr("source", ""), n.textOr(keySourceID, "")}}
	if key == keyID {
		l.id = n.textOr(keyID, "")
	}
	p := n.members["parent"]
	if l.root = p != nil && p.isNull(); p != nil && !l.root {
		l.moves = true
		if l.parentID = p.textOr(keyID, ""); l.parentID == "" {
			l.parent = sourceKey{p.textOr("source", ""), p.textOr(keySourceID, "")}
		}
	}
	return l
}

// A forest is how the usergroups of a call are to lie in each other.
type forest struct {
	call   *upsertCall
	nodes  [][]int // the items of one usergroup, in their order
	of     []int   // the node of an item
	byID   map[string]int
	byKey  map[sourceKey]int
	above  []int // the node that a node is to be in, directly or further up; -1 is none
	state  []int8
	sorted []int
}

// order is in which order the items are done: a usergroup before those that are
// to be in it, in whatever order they were sent. Items that would lie in each
// other in a ring are refused, and no others. New ids that are chosen come before
// those that the directory chooses, so that none of these is taken.
func (c *upsertCall) order() ([]int, error) {
	f := &forest{call: c, byID: map[string]int{}, byKey: map[sourceKey]int{}, of: make([]int, len(c.links))}
	for i, l := range c.links {
		f.place(i, l)
	}
	f.above = make([]int, len(f.nodes))
	for i := range f.above {
		f.above[i] = -1
	}
	if c.res.kind == directory.ObjectGroup {
		if err := f.join(); err != nil {
			return nil, err
		}
	}
	c.isPassed = f.isPassed
	f.refuseRings()
	f.state = make([]int8, len(f.nodes))
	var last []int
	for i, l := range c.links {
		if l.id == "0" {
			last = append(last, f.of[i])
			continue
		}
		f.visit(f.of[i])
	}
	for _, n := range last {
		f.visit(n)
	}
	return f.sorted, nil
}

// place finds the node of an item: two items of one key are of one usergroup.
func (f *forest) place(i int, l link) {
	n, known := len(f.nodes), false
	switch {
	case l.id == "0":
	case l.id != "":
		n, known = lookUp(f.byID, l.id, n)
	default:
		n, known = lookUp(f.byKey, l.own, n)
	}
	if !known {
		f.nodes = append(f.nodes, nil)
	}
	if l.own.sourceID != "" {
		f.byKey[l.own] = n
	}
	f.of[i], f.nodes[n] = n, append(f.nodes[n], i)
}

// lookUp returns what a map has for a key, and notes otherwise if it has nothing.
func lookUp[K comparable](m map[K]int, key K, otherwise int) (n int, known bool) {
	if n, known = m[key]; !known {
		n, m[key] = otherwise, otherwise
	}
	return n, known
}

// join works out what each node is to be in. The last item of a usergroup counts.
func (f *forest) join() error {
	found := map[link]int{}
	for i, l := range f.call.links {
		n := f.of[i]
		if l.root {
			f.above[n] = -1
		}
		if !l.moves {
			continue
		}
		name := link{parentID: l.parentID, parent: l.parent}
		above, known := found[name]
		if !known {
			var err error
			if above, err = f.nodeOf(name); err != nil {
				return err
			}
			found[name] = above
		}
		f.above[n] = above
	}
	return nil
}

// nodeOf is the node of a parent, or of the nearest usergroup above it that the
// call has; -1 is none.
func (f *forest) nodeOf(parent link) (int, error) {
	if n, ok := f.byID[parent.parentID]; ok && parent.parentID != "" {
		return n, nil
	}
	if n, ok := f.byKey[parent.parent]; ok && parent.parentID == "" {
		return n, nil
	}
	q := f.call.request
	l := lookup{resource: usergroups(), key: keyID, value: parent.parentID, missing: codeGroupIsParent}
	if parent.parentID == "" {
		l.key, l.value, l.source = keySourceID, parent.parent.sourceID, parent.parent.source
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return -1, ignoreRefusal(err) // it is said of the item, when its turn comes
	}
	path, err := q.dir.GroupPath(q.ctx(), directory.GroupID(id))
	if err != nil {
		return -1, ignoreRefusal(err)
	}
	objects := make([]directory.Object, len(path))
	for i, g := range path {
		objects[i] = g.ID.Object()
	}
	sources, err := q.dir.Sources(q.ctx(), objects...)
	if err != nil {
		return -1, err
	}
	for i, g := range path {
		if n, ok := f.byID[directory.FormatID(g.ID)]; ok {
			return n, nil
		}
		for _, ref := range sources[i] {
			if n, ok := f.byKey[sourceKey{ref.Source, ref.SourceID}]; ok {
				return n, nil
			}
		}
	}
	return -1, nil
}

// ignoreRefusal keeps errors that are nobody's fault but ours.
func ignoreRefusal(err error) error {
	if k := directory.KindOf(err); k == directory.KindInternal || k == directory.KindUnavailable {
		return err
	}
	return nil
}

// refuseRings refuses the items of usergroups that would be inside themselves.
func (f *forest) refuseRings() {
	c := f.call
	if c.d.skipMove || c.d.skips("parent", "?") {
		return // what is there is not moved
	}
	turn := make([]int, len(f.nodes))
	for start := range f.nodes {
		n := start
		for n >= 0 && turn[n] == 0 {
			turn[n] = start + 1
			n = f.above[n]
		}
		if n < 0 || turn[n] != start+1 {
			continue
		}
		for at := n; ; {
			for _, i := range f.nodes[at] {
				if c.links[i].moves {
					c.refused[i] = insideItself()
				}
			}
			next := f.above[at]
			f.above[at] = -1
			if at = next; at == n {
				break
			}
		}
	}
}

// isPassed reports whether a later item of the same usergroup was done.
func (f *forest) isPassed(i int) bool {
	return slices.ContainsFunc(f.nodes[f.of[i]], func(later int) bool {
		return later > i &&
			f.call.results[later].Success
	})
}

// visit puts a node behind those that it is to be in.
func (f *forest) visit(n int) {
	var way []int
	for ; n >= 0 && f.state[n] == 0; n = f.above[n] {
		f.state[n] = 1
		way = append(way, n)
	}
	for _, n := range slices.Backward(way) {
		f.sorted = append(f.sorted, f.nodes[n]...)
	}
}
