package directory

import "slices"

// Expectations are what a change was computed from: keys that must not have been written
// since. They never require a revision to be the newest: changes of other rows do not matter.
//
// A nil *Expectations records nothing, for readers whose expectations do not matter.
type Expectations struct {
	Since   Revision // of everything that was read; 0 if nothing was
	Lineage uint64   // of that revision

	rows  map[RowKey]bool
	index map[IndexKey]bool
	of    map[rowsOf]bool
	kinds map[RowKind]bool
	users map[UserID]bool
	// Set if something was read without naming keys: the catalog, or anything at all.
	catalog, everything bool

	named int // nested reads that name what they expect
}

type rowsOf struct {
	kind RowKind
	of   Object
}

// NewExpectations returns empty expectations.
func NewExpectations() *Expectations {
	return &Expectations{
		rows: map[RowKey]bool{}, index: map[IndexKey]bool{}, of: map[rowsOf]bool{}, kinds: map[RowKind]bool{},
		users: map[UserID]bool{},
	}
}

// Named says that reads name what they expect until end is called.
func (x *Expectations) Named() (end func()) {
	x.named++
	return func() { x.named-- }
}

// Reads records that the catalog, or anything, is read. It is ignored while reads name what
// they expect.
func (x *Expectations) Reads(anything bool) {
	if x != nil && x.named == 0 {
		x.catalog = true
		x.everything = x.everything || anything
	}
}

// Row records a row, whether it exists or not.
func (x *Expectations) Row(key RowKey) { x.rows[key] = true }

// Index records the entries of an index under a key, or their absence.
func (x *Expectations) Index(key IndexKey) { x.index[key] = true }

// Kind records all rows of a kind.
func (x *Expectations) Kind(kind RowKind) { x.kinds[kind] = true }

// User records all rows that a user owns.
func (x *Expectations) User(id UserID) { x.users[id] = true }

// RowsOf records the rows of a kind that belong to an object.
func (x *Expectations) RowsOf(o Object, kinds ...RowKind) {
	for _, k := range kinds {
		x.of[rowsOf{k, o}] = true
	}
}

// Group records a group, its parents and its roles.
func (x *Expectations) Group(id GroupID) {
	x.Row(Group{ID: id}.Key())
	x.RowsOf(id.Object(), RowNesting, RowGroupRole)
}

// Object records whether an object exists.
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

// Meets reports whether a write concerns something that must not have changed.
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
