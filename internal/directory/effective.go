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

// An Effective is the value that a user, or a group, has of an attribute. Its lists
// are shared and must not be changed.
type Effective struct {
	Attribute AttributeID
	Origin    Origin    // OriginNone if there is no value; the rest is zero then
	Value     Value     // only Sealed for a hidden attribute
	Groups    []GroupID // that contribute, strongest first
}

// Equal reports whether two effective values say the same.
func (e Effective) Equal(f Effective) bool {
	return e.Attribute == f.Attribute && e.Origin == f.Origin && e.Value.Equal(f.Value) &&
		slices.Equal(e.Groups, f.Groups)
}

// An Outcome says why a candidate counts or not.
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

// HiddenGroup stands in an explanation for a group that the reader may not see.
const HiddenGroup GroupID = -1

// A Candidate is a value that could have been the answer, and its outcome. For a HiddenGroup
// it has neither value nor window.
type Candidate struct {
	Origin   Origin  // user, group or default
	Group    GroupID // of origin group
	Value    Value
	Rank     int       // of origin group: 1 is strongest; else 0
	Distance int       // of origin group: steps from the user; All Users is the farthest
	Path     []GroupID // from a direct group of the user to Group; empty for All Users
	Outcome  Outcome
	By       GroupID // the group that decided instead, if any
	Window
}

// An Explanation is an effective value and the reason for it.
type Explanation struct {
	Effective
	Rule       Rule
	Candidates []Candidate // strongest first
	ValidUntil Instant     // when time alone can change the answer; 0 is never
}
