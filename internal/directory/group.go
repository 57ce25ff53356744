package directory

// A Group is a named set of users and of groups. Its name may be empty and
// need not be unique.
type Group struct {
	ID          GroupID
	Name        string
	Language    Language
	CreatedAt   Instant
	DeletedRev  Revision // 0 while the group exists
	Description string
}

// Exists reports whether the group exists and is not marked deleted.
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

// OrderGap is the distance between neighbouring order keys and positions when they are
// assigned anew. An insertion between two of them halves it.
const OrderGap = 1 << 20

// A Facet is JSON that one dialect stores with an object and that only this dialect reads.
// Package directory knows no vendor's keys.
type Facet struct {
	Object  Object
	Dialect string
	Kind    string
	Name    string // empty if there is one of a kind
	Data    string
}
