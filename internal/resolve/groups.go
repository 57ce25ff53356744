package resolve

import (
	"slices"
	"sort"

	"cohort/internal/directory"
)

// chunkSize is how many group pointers are copied when one group changes.
const chunkSize = 128

// A groupTable holds groups by index. Indexes are dense and ascend with ids, and a group keeps
// its index as long as the process runs: when its row is removed, a hole remains.
type groupTable struct {
	chunks []*chunk
	n      int
}

// A chunk is a run of groups. Only the draft of its generation may change it.
type chunk struct {
	generation uint64
	ids        *chunkIDs
	nodes      [chunkSize]*group
}

// chunkIDs are the ids of the groups of a chunk, apart from them because they change only when a
// group is added. Only the draft of their generation may change them.
type chunkIDs struct {
	generation uint64
	list       [chunkSize]directory.GroupID
}

// A group is the part of the catalog about one group: its row, if it has one, and everything
// that depends on it, visible or not. Only the draft of its generation may change it.
type group struct {
	values     []*groupValue // by attribute; immutable, so a change replaces one
	generation uint64
	id         directory.GroupID
	exists     bool
	row        directory.Group
	parents    []parent           // by position, then parent
	children   []int32            // by index
	roles      []directory.RoleID // ascending
}

// A groupValue is a row, with its group in the form in which effective values list it.
type groupValue struct {
	directory.GroupValue
	by [1]directory.GroupID
}

// A parent is a nesting as seen from the nested group.
type parent struct {
	group    int32
	position int64
}

func (g *group) visible() bool { return g.exists && g.row.DeletedRev == 0 }

// value returns the index of the group's row of an attribute.
func (g *group) value(id directory.AttributeID) (int, bool) {
	return slices.BinarySearchFunc(g.values, id, func(v *groupValue, id directory.AttributeID) int {
		return compareInts(v.Attribute, id)
	})
}

func (t *groupTable) at(i int32) *group {
	return t.chunks[uint32(i)/chunkSize].nodes[uint32(i)%chunkSize]
}

func (t *groupTable) idAt(i int) directory.GroupID {
	return t.chunks[uint(i)/chunkSize].ids.list[uint(i)%chunkSize]
}

// find returns the index of a group, or of the first one after it. It first tries the id minus
// one, which is the index if no id was skipped.
func (t *groupTable) find(id directory.GroupID) (int32, bool) {
	if i := int(id) - 1; i >= 0 && i < t.n && t.idAt(i) == id {
		return int32(i), true
	}
	c := sort.Search(len(t.chunks), func(i int) bool { return t.chunks[i].ids.list[0] > id }) - 1
	if c < 0 {
		return 0, false
	}
	used := min(t.n-c*chunkSize, chunkSize)
	i, found := slices.BinarySearch(t.chunks[c].ids.list[:used], id)
	return int32(c*chunkSize + i), found
}

// LastGroup returns the largest id of a group that any row names, or 0.
func (c *Catalog) LastGroup() directory.GroupID {
	if c.groups.n == 0 {
		return 0
	}
	return c.groups.idAt(c.groups.n - 1)
}

// visible returns the group with an id unless it is missing or deleted.
func (t *groupTable) visible(id directory.GroupID) (int32, *group, bool) {
	i, ok := t.find(id)
	if !ok {
		return 0, nil, false
	}
	g := t.at(i)
	return i, g, g.visible()
}
