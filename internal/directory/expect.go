package directory

import "slices"

// Expectations are what a change was computed from: keys, of which nothing may have
// been written since. They never ask that a revision be the newest one: changes of
// other rows do not matter.
//
// The methods that note something take no more than a map's worth of time; a nil
// *Expectations is of a reader of whom nobody wants to know.
type Expectations struct {
	Since   Revision // as of which all was read; 0 if nothing was
	Lineage uint64   // of that revision

	rows  map[RowKey]bool
	index map[IndexKey]bool
	of    map[rowsOf]bool
	kinds map[RowKind]bool
	users map[UserID]bool
	// Anything read in another way is expected not to change at all.
	catalog, everything bool

	named int // reads under way that name what they expect
}

type rowsOf struct {
	kind RowKind
	of   Object
}

// NewExpectations expects nothing.
func NewExpectations() *Expectations {
	return &Expectations{
		rows: map[RowKey]bool{}, index: map[IndexKey]bool{}, of: map[rowsOf]bool{}, kinds: map[RowKind]bool{},
		users: map[UserID]bool{},
	}
}

// Named says that what is read until end is called is noted by name.
func (x *Expectations) Named() (end func()) {
	x.named++
	return func() { x.named-- }
}

// Reads notes that the catalog, or anything, is read. It counts only where the
// read does not name what it expects.
func (x *Expectations) Reads(anything bool) {
	if x != nil && x.named == 0 {
		x.catalog = true
		x.everything = x.everything || anything
	}
}

// Row notes a row, there or not.
func (x *Expectations) Row(key RowKey) { x.rows[key] = true }

// Index notes what an index has under a key, or that it has nothing.
func (x *Expectations) Index(key IndexKey) { x.index[key] = true }

// Kind notes all rows of a kind.
func (x *Expectations) Kind(kind RowKind) { x.kinds[kind] = true }

// User notes all that a user has of its own.
func (x *Expectations) User(id UserID) { x.users[id] = true }

// RowsOf notes the rows of a kind that belong to an object.
func (x *Expectations) RowsOf(o Object, kinds ...RowKind) {
	for _, k := range kinds {
		x.of[rowsOf{k, o}] = true
	}
}

// Group notes what a group is and is in, and which roles it gives.
func (x *Expectations) Group(id GroupID) {
	x.Row(Group{ID: id}.Key())
	x.RowsOf(id.Object(), RowNesting, RowGroupRole)
}

// Object notes whether an object is there.
func (x *Expectations) Object(o Object) {
	switch o.Kind {
	case ObjectUser:
		x.Row(User{ID: UserID(o.ID)}.Key())
	case ObjectGroup:
		x.Row(Group{ID: GroupID(o.ID)}.Key())
	case ObjectAttribute:
		x.Row(Attribute{ID: AttributeID(o.ID)}.Key())
	default:
		x.catalog = true
	}
}

// Meets reports whether a write is of something that is expected to stay as it is.
func (x *Expectations) Meets(w RowWrite) bool {
	key := w.Key()
	if x.everything || x.catalog && key.Kind.InCatalog() || x.kinds[key.Kind] || x.rows[key] {
		return true
	}
	row := w.Row()
	if len(x.users) > 0 {
		if owner, ok := OwnerOf(row); ok && x.users[owner] {
			return true
		}
	}
	if len(x.of) > 0 && slices.ContainsFunc(row.Objects(), func(o Object) bool { return x.of[rowsOf{key.Kind, o}] }) {
		return true
	}
	return len(x.index) > 0 && (x.meetsIndex(w.Before) || x.meetsIndex(w.After))
}

func (x *Expectations) meetsIndex(row Row) bool {
	return row != nil && slices.ContainsFunc(IndexKeys(row), func(k IndexKey) bool { return x.index[k] })
}
