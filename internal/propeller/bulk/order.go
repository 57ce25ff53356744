package bulk

import (
	"slices"

	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

// A SourceKey is a source reference as it was sent.
type SourceKey struct{ Source, SourceID string }

// A Link says how an item of a bulk call relates to others: the key that finds it, and its
// parent.
type Link struct {
	ID       string // empty if the call finds by source id
	Own      SourceKey
	ParentID string
	Parent   SourceKey
	moves    bool // a parent other than the root was sent
	root     bool // the item moves to the root
}

// NewLink returns the link of an item of a call that finds by a key.
func NewLink(key string, n *schema.Node) Link {
	l := Link{Own: SourceKey{n.TextOr("source", ""), n.TextOr(document.KeySourceID, "")}}
	if key == document.KeyID {
		l.ID = n.TextOr(document.KeyID, "")
	}
	p := n.Members["parent"]
	if l.root = p != nil && p.IsNull(); p != nil && !l.root {
		l.moves = true
		if l.ParentID = p.TextOr(document.KeyID, ""); l.ParentID == "" {
			l.Parent = SourceKey{p.TextOr("source", ""), p.TextOr(document.KeySourceID, "")}
		}
	}
	return l
}

// An Ancestor is a usergroup that exists, by all that finds it.
type Ancestor struct {
	ID   string
	Keys []SourceKey
}

// A Forest holds the usergroups of a call below their parents.
type Forest struct {
	links  []Link
	nodes  [][]int // the items of each usergroup, in order
	of     []int   // the node of each item
	byID   map[string]int
	byKey  map[SourceKey]int
	above  []int // the node of the nearest ancestor in the call, or -1
	state  []int8
	sorted []int
}

// NewForest returns the usergroups of a call, none below another.
func NewForest(links []Link) *Forest {
	f := &Forest{links: links, byID: map[string]int{}, byKey: map[SourceKey]int{}, of: make([]int, len(links))}
	for i, l := range links {
		f.place(i, l)
	}
	f.above = make([]int, len(f.nodes))
	for i := range f.above {
		f.above[i] = -1
	}
	return f
}

// Order returns the order in which the items are done: a usergroup before its children,
// however they were sent. Items with chosen ids precede those whose ids the directory chooses,
// so that no chosen id is taken.
func (f *Forest) Order() []int {
	f.state, f.sorted = make([]int8, len(f.nodes)), nil
	var last []int
	for i, l := range f.links {
		if l.ID == "0" {
			last = append(last, f.of[i])
			continue
		}
		f.visit(f.of[i])
	}
	for _, n := range last {
		f.visit(n)
	}
	return f.sorted
}

// place finds the node of an item. Two items with one key share a usergroup.
func (f *Forest) place(i int, l Link) {
	n, known := len(f.nodes), false
	switch {
	case l.ID == "0":
	case l.ID != "":
		n, known = lookUp(f.byID, l.ID, n)
	default:
		n, known = lookUp(f.byKey, l.Own, n)
	}
	if !known {
		f.nodes = append(f.nodes, nil)
	}
	if l.Own.SourceID != "" {
		f.byKey[l.Own] = n
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

// Join finds the parent of each usergroup. The last item of a usergroup counts. ancestors returns a parent that exists
// and all above it, from below; it is empty for a parent that the directory does not have.
func (f *Forest) Join(ancestors func(parent Link) ([]Ancestor, error)) error {
	found := map[Link]int{}
	for i, l := range f.links {
		n := f.of[i]
		if l.root {
			f.above[n] = -1
		}
		if !l.moves {
			continue
		}
		name := Link{ParentID: l.ParentID, Parent: l.Parent}
		above, known := found[name]
		if !known {
			var err error
			if above, err = f.nodeOf(name, ancestors); err != nil {
				return err
			}
			found[name] = above
		}
		f.above[n] = above
	}
	return nil
}

// nodeOf returns the node of a parent, or of its nearest ancestor in the call, or -1.
func (f *Forest) nodeOf(parent Link, ancestors func(parent Link) ([]Ancestor, error)) (int, error) {
	if n, ok := f.byID[parent.ParentID]; ok && parent.ParentID != "" {
		return n, nil
	}
	if n, ok := f.byKey[parent.Parent]; ok && parent.ParentID == "" {
		return n, nil
	}
	path, err := ancestors(parent)
	if err != nil {
		return -1, err
	}
	for _, a := range path {
		if n, ok := f.byID[a.ID]; ok {
			return n, nil
		}
		for _, key := range a.Keys {
			if n, ok := f.byKey[key]; ok {
				return n, nil
			}
		}
	}
	return -1, nil
}

// CutRings cuts usergroups that would contain themselves from above, and returns the items that
// put them there.
func (f *Forest) CutRings() (items []int) {
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
				if f.links[i].moves {
					items = append(items, i)
				}
			}
			next := f.above[at]
			f.above[at] = -1
			if at = next; at == n {
				break
			}
		}
	}
	return items
}

// IsPassed reports whether a later item of the same usergroup was done.
func (f *Forest) IsPassed(i int, results []Result) bool {
	return slices.ContainsFunc(f.nodes[f.of[i]], func(later int) bool { return later > i && results[later].Success })
}

// visit appends a node after its ancestors.
func (f *Forest) visit(n int) {
	var way []int
	for ; n >= 0 && f.state[n] == 0; n = f.above[n] {
		f.state[n] = 1
		way = append(way, n)
	}
	for _, n := range slices.Backward(way) {
		f.sorted = append(f.sorted, f.nodes[n]...)
	}
}
