package directory

import (
	"strconv"
)

// Ids are positive and never used again after a deletion. In an edit a
// negative id stands for an object that an earlier edit of the same change
// makes; see Made.
type (
	UserID          int64 // identifies a User
	GroupID         int64 // identifies a Group
	AttributeID     int64 // identifies an Attribute
	ValueID         int64 // identifies a GroupValue
	RoleID          int64 // identifies a Role
	PermissionSetID int64 // identifies a PermissionSet
	ModelSetID      int64 // identifies a ModelSet
	CredentialID    int64 // identifies a Credential
	SealedID        int64 // identifies a sealed value; 0 means that a value is not sealed
	Revision        int64 // numbers a change: 1, 2, 3 …, no gaps; 0 is the empty directory
)

// An ID is any of the id types.
type ID interface {
	~int64
}

// MaxID is the greatest id that a client may choose.
const MaxID = 1<<31 - 1

// AllUsers is the group that every user and every group is implicitly in.
const AllUsers GroupID = 1

// Built-in objects that every directory has.
const (
	AdminRole          RoleID          = 2
	AdminPermissionSet PermissionSetID = 1
	AllModels          ModelSetID      = 1
)

// Made returns the id that stands, in a later edit of the same change, for
// the object that edit i makes.
func Made[T ID](i int) T { return T(-i - 1) }

// MadeBy undoes Made: it reports which edit makes the object that id stands for.
func MadeBy[T ID](id T) (edit int, ok bool) {
	return int(-id - 1), id < 0
}

// ParseID reads a decimal id. Signs, spaces, leading zeros and anything above
// MaxID are refused, as such a text can name no object.
func ParseID[T ID](field, s string) (T, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > MaxID || s[0] == '+' || s[0] == '0' {
		return 0, Malformed(field, "must be a positive whole number")
	}
	return T(n), nil
}

// FormatID is the decimal form of an id.
func FormatID[T ID](id T) string { return strconv.FormatInt(int64(id), 10) }

// An ObjectKind says what sort of object an Object is.
type ObjectKind uint8

// The kinds of object that changes are listed by, that sources refer to and
// that carry facets.
const (
	ObjectDirectory ObjectKind = iota // the directory itself; its id is 0
	ObjectUser
	ObjectGroup
	ObjectAttribute
	ObjectRole
	ObjectPermissionSet
	ObjectModelSet
	numObjectKinds
)

var objectNames = [numObjectKinds]string{"directory", "user", "group", "attribute", "role", "permission_set",
	"model_set"}

// String is the kind's name, as in "group:12".
func (k ObjectKind) String() string { return objectNames[k] }

// ParseObjectKind undoes String.
func ParseObjectKind(field, s string) (ObjectKind, error) {
	for i, name := range objectNames {
		if name == s {
			return ObjectKind(i), nil
		}
	}
	return 0, Invalid(field, "must be one of directory, user, group, attribute, role, permission_set, model_set")
}

// An Object names one object of any kind.
type Object struct {
	Kind ObjectKind
	ID   int64
}

// String is the form that the command line and the API use: "group:12".
func (o Object) String() string { return o.Kind.String() + ":" + strconv.FormatInt(o.ID, 10) }
