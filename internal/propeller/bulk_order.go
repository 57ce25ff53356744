package propeller

import (
	"slices"

	"cohort/internal/directory"
)

// A sourceKey is a source reference as it was sent.
type sourceKey struct{ source, sourceID string }

// A link says how an item of a bulk call relates to others: the key that finds it, and its
// parent.
type link struct {
	id       string // empty if the call finds by source id
	own      sourceKey
	parentID string
	parent   sourceKey
	moves    bool // a parent other than the root was sent
	root     bool // the item moves to the root
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

// A forest holds the usergroups of a call below their parents.
type forest struct {
	call   *upsertCall
	nodes  [][]int // the items of each usergroup, in order
	of     []int   // the node of each item
	byID   map[string]int
	byKey  map[sourceKey]int
	above  []int // the node of the nearest ancestor in the call, or -1
	state  []int8
	sorted []int
}

// order returns the order in which the items are done: a usergroup before its children,
// however they were sent. Items that would form a ring are refused, and no others. Items with
// chosen ids precede those whose ids the directory chooses, so that no chosen id is taken.
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

// place finds the node of an item. Two items with one key share a usergroup.
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

// lookUp returns the entry of a key, and stores otherwise if there is none.
func lookUp[K comparable](m map[K]int, key K, otherwise int) (n int, known bool) {
	if n, known = m[key]; !known {
		n, m[key] = otherwise, otherwise
	}
	return n, known
}

// join finds the parent of each node. The last item of a usergroup counts.
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

// nodeOf returns the node of a parent, or of its nearest ancestor in the call, or -1.
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
		return -1, ignoreRefusal(err) // the item reports it in its turn
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

// ignoreRefusal drops errors that are refusals and keeps internal ones.
func ignoreRefusal(err error) error {
	if k := directory.KindOf(err); k == directory.KindInternal || k == directory.KindUnavailable {
		return err
	}
	return nil
}

// refuseRings refuses the items of usergroups that would contain themselves.
func (f *forest) refuseRings() {
	c := f.call
	if c.d.skipMove || c.d.skips("parent", "?") {
		return // an existing usergroup does not move
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

// visit appends a node after its ancestors.
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
