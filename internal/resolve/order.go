package resolve

import (
	"iter"
	"slices"
	"sort"
)

// maxLeaf is how many entries of an orderList are copied at most when one changes.
const maxLeaf = 512

// An orderList holds the groups with a visible value of an attribute in the order of their
// order keys: the n-th has rank n. Ties, which can occur when a deleted group is restored, are
// broken by index, which ascends with the ids of groups.
type orderList struct {
	leaves []*orderLeaf // none is empty
}

// An orderLeaf is a run of entries. Only the draft of its generation may change it.
type orderLeaf struct {
	generation uint64
	entries    []orderEntry
}

type orderEntry struct {
	order int64
	group int32
}

func compareOrder(a, b orderEntry) int {
	if c := compareInts(a.order, b.order); c != 0 {
		return c
	}
	return compareInts(a.group, b.group)
}

// leafOf returns the index of the leaf where e stands or belongs.
func (l orderList) leafOf(e orderEntry) int {
	i := sort.Search(len(l.leaves), func(i int) bool { return compareOrder(l.leaves[i].entries[0], e) > 0 })
	return max(0, i-1)
}

// rank returns the rank of an entry in the list; 1 is the first.
func (l orderList) rank(e orderEntry) int {
	at := l.leafOf(e)
	rank := 1
	for _, leaf := range l.leaves[:at] {
		rank += len(leaf.entries)
	}
	i, _ := slices.BinarySearchFunc(l.leaves[at].entries, e, compareOrder)
	return rank + i
}

// after yields all entries except the first n, without reading the leaves before.
func (l orderList) after(n int) iter.Seq[orderEntry] {
	return func(yield func(orderEntry) bool) {
		skip := n
		for _, leaf := range l.leaves {
			if skip >= len(leaf.entries) {
				skip -= len(leaf.entries)
				continue
			}
			for _, e := range leaf.entries[skip:] {
				if !yield(e) {
					return
				}
			}
			skip = 0
		}
	}
}

// insert adds e to the list. The spine of l must belong to the caller, whose generation is
// given.
func (l *orderList) insert(e orderEntry, generation uint64) {
	if len(l.leaves) == 0 {
		l.leaves = []*orderLeaf{{generation: generation, entries: []orderEntry{e}}}
		return
	}
	at := l.leafOf(e)
	i, found := slices.BinarySearchFunc(l.leaves[at].entries, e, compareOrder)
	if found { // a value that changes keeps its place
		return
	}
	leaf := l.own(at, generation)
	leaf.entries = slices.Insert(leaf.entries, i, e)
	if len(leaf.entries) <= maxLeaf {
		return
	}
	// Most values are appended, so a split at the end leaves full leaves.
	half := maxLeaf / 2
	if i == maxLeaf {
		half = maxLeaf
	}
	tail := &orderLeaf{generation: generation, entries: slices.Clone(leaf.entries[half:])}
	leaf.entries = slices.Clip(leaf.entries[:half])
	l.leaves = slices.Insert(l.leaves, at+1, tail)
}

// remove removes e from the list, if it is there; see insert.
func (l *orderList) remove(e orderEntry, generation uint64) {
	if len(l.leaves) == 0 {
		return
	}
	at := l.leafOf(e)
	i, found := slices.BinarySearchFunc(l.leaves[at].entries, e, compareOrder)
	if !found {
		return
	}
	leaf := l.own(at, generation)
	leaf.entries = slices.Delete(leaf.entries, i, i+1)
	if len(leaf.entries) == 0 {
		l.leaves = slices.Delete(l.leaves, at, at+1)
	}
}

// own makes leaf i changeable in this generation.
func (l *orderList) own(i int, generation uint64) *orderLeaf {
	if l.leaves[i].generation != generation {
		l.leaves[i] = &orderLeaf{generation: generation, entries: slices.Clone(l.leaves[i].entries)}
	}
	return l.leaves[i]
}
