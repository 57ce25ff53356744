package directory

// A Group is a named set of users and of groups. Its name may be empty and
// need not be unique.
type Group struct {
	ID          GroupID
	Name        string
	Language    Language
	CreatedAt   Instant
	DeletedRev  Revision // 0 while the group is there
	Description string
}

// Exists reports whether the group is there and not marked deleted.
func (g Group) Exists() bool { return g.ID != 0 && g.DeletedRev == 0 }

// A Nesting is a group directly in another, its parent.
type Nesting struct {
	Group    GroupID
	Parent   GroupID
	Position int64 // order key among the group's parents, ascending, with gaps
}

// A GroupValue is a value that a group hands down.
type GroupValue struct {
	ID        ValueID
	Attribute AttributeID
	Group     GroupID
	Value     Value
	Order     int64 // order key, unique per attribute, with gaps; the rank is its ordinal
	Window
}

// OrderGap is the distance between neighbouring order keys and positions when
// they are dealt out afresh: an insertion between two of them halves it.
const OrderGap = 1 << 20

// A Facet is what one dialect keeps with an object and only that dialect
// reads. Data is JSON. `directory` knows no vendor key.
type Facet struct {
	Object  Object
	Dialect string
	Kind    string
	Name    string // empty where there is one of a kind
	Data    string
}
