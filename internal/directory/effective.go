package directory

import "slices"

// An Origin says where an effective value comes from.
type Origin uint8

// The origins.
const (
	OriginNone    Origin = iota // there is no value
	OriginUser                  // the user's own value
	OriginGroup                 // one or more group values
	OriginDefault               // the attribute's default
	OriginSystem                // computed from the user's fields and credentials
)

var originNames = [...]string{"none", "user", "group", "default", "system"}

// String is the origin's name.
func (o Origin) String() string { return originNames[o] }

// An Effective is the value that a user, or a group, has of an attribute. It refers
// to the row that holds the value and reads it on demand, so that long lists are
// small and cheap to make.
type Effective struct {
	Attribute AttributeID
	written   *ValueRef // nil if there is no value
}

// ValueRef is a value as effective values refer to it: a group's row, or what
// stands for one. It does not change, and what it gives is shared and must not
// be changed.
//
// It fills two lines of a processor's cache, and what a reply looks at is in the
// first.
type ValueRef struct {
	origin Origin
	group  [1]GroupID // that contributes, if it is one
	Value  Value

	ID        ValueID // like the rest, of a group's value only
	Attribute AttributeID
	Order     int64
	Window

	groups *[]GroupID // that contribute, if they are more
	_      [16]byte
}

// WrittenBy is a group's value, which that group contributes.
func WrittenBy(row GroupValue) ValueRef {
	return ValueRef{
		origin: OriginGroup, group: [1]GroupID{row.Group},
		ID: row.ID, Attribute: row.Attribute, Value: row.Value, Order: row.Order, Window: row.Window,
	}
}

// WrittenAs is a value of an origin, and the groups that contribute, strongest
// first.
func WrittenAs(origin Origin, value Value, groups ...GroupID) ValueRef {
	w := ValueRef{origin: origin, Value: value}
	switch len(groups) {
	case 0:
	case 1:
		w.group[0] = groups[0]
	default:
		list := groups // otherwise the parameter itself escapes to the heap
		w.groups = &list
	}
	return w
}

// Row is the group's value.
func (w *ValueRef) Row() GroupValue {
	return GroupValue{ID: w.ID, Attribute: w.Attribute, Group: w.group[0], Value: w.Value, Order: w.Order,
		Window: w.Window}
}

// Group is the group whose value it is.
func (w *ValueRef) Group() GroupID { return w.group[0] }

// EffectiveFrom makes an effective value of one that is written somewhere.
func EffectiveFrom(attribute AttributeID, written *ValueRef) Effective {
	return Effective{attribute, written}
}

// EffectiveOf makes an effective value that is written nowhere else. Where there
// is none, an Effective has an Attribute only.
func EffectiveOf(attribute AttributeID, origin Origin, value Value, groups ...GroupID) Effective {
	w := WrittenAs(origin, value, groups...)
	return Effective{attribute, &w}
}

// Origin says where the value comes from.
func (e *Effective) Origin() Origin {
	if e.written == nil {
		return OriginNone
	}
	return e.written.origin
}

// Value is zero if the origin is none; for a hidden attribute it has only Sealed.
// It is shared and must not be changed.
func (e *Effective) Value() Value {
	if e.written == nil {
		return Value{}
	}
	return e.written.Value
}

// Groups are the contributing groups, strongest first. They are shared and must
// not be changed.
func (e *Effective) Groups() []GroupID {
	switch w := e.written; {
	case w == nil:
		return nil
	case w.group[0] != 0:
		return w.group[:]
	case w.groups != nil:
		return *w.groups
	}
	return nil
}

// Equal reports whether two effective values say the same.
func (e Effective) Equal(f Effective) bool {
	return e.Attribute == f.Attribute && e.Origin() == f.Origin() && e.Value().Equal(f.Value()) &&
		slices.Equal(e.Groups(), f.Groups())
}

// An Outcome says what became of a candidate.
type Outcome string

// The outcomes. Only a candidate that contributes is part of the answer.
const (
	Contributes  Outcome = "contributes"
	Outranked    Outcome = "outranked"    // a stronger rank decided
	Farther      Outcome = "farther"      // a nearer group decided
	Shadowed     Outcome = "shadowed"     // the user's own value decided
	NotExtreme   Outcome = "not_extreme"  // a lesser or greater value decided
	NotDeciding  Outcome = "not_deciding" // of any and all: the other value decided
	Repeated     Outcome = "repeated"     // of union: adds no element
	Yielded      Outcome = "yielded"      // the user's own value gave way to group values
	NotYetForced Outcome = "not_yet_in_force"
	Expired      Outcome = "expired"
	NoText       Outcome = "no_text"        // has no text in the language asked for
	NotReached   Outcome = "default_unused" // the default, where something else is the answer
)

// HiddenGroup stands in an explanation for a group that its reader may not see.
const HiddenGroup GroupID = -1

// A Candidate is something that could have been the answer, and what became of it.
// For a HiddenGroup it has neither value nor window.
type Candidate struct {
	Origin   Origin  // user, group or default
	Group    GroupID // of origin group
	Value    Value
	Rank     int       // of origin group: 1 is strongest; else 0
	Distance int       // of origin group: steps from the user; All Users is farthest
	Path     []GroupID // from a direct group of the user to Group; empty for All Users
	Outcome  Outcome
	By       GroupID // the group that decided instead, if one did
	Window
}

// An Explanation is an effective value and the reason for it.
type Explanation struct {
	Effective
	Rule       Rule
	Candidates []Candidate // strongest first
	ValidUntil Instant     // when time alone can change the answer; 0 is never
}

// A Basis is everything, but time, that decides what a caller is shown of a
// user's effective values. Documents of equal bases and the same question say
// the same, from when they were made until their time is over. It is
// comparable.
type Basis struct {
	Incarnation int64
	Lineage     uint64   // of this process: raised when another history has taken the place of the one it knew
	Catalog     Revision // the last change of the catalog; 0 says that there is no other document of it
	User        UserID
	Touched     Revision // the last change of the user's rows

	SeesAttributes bool // all of them, and not only those that users can view
	SeesUser       bool // and not only the user's id
	// Viewer is the caller if it sees the names of its own groups only, with the
	// last change of its rows; else both are 0.
	Viewer        UserID
	ViewerTouched Revision
}

// An EffectiveDocument is what a caller is shown of a user's effective values.
// All of it is shared and must not be changed.
type EffectiveDocument struct {
	Basis
	At         Instant   // when it was made
	ValidUntil Instant   // when time alone can change it, at the earliest; 0 is never
	Rows       *UserRows // of the user; nil if the caller sees the id alone
	Values     []Effective
	Attributes []*Attribute // of the values
	GroupName  func(GroupID) string
}
