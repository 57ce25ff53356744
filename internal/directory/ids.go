package directory

import (
	"strconv"
)

// Ids are positive and never reused after a deletion. In an edit, a negative id stands for an
// object that an earlier edit of the same change creates; see Made.
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
	Revision        int64 // numbers changes: 1, 2, 3 … without gaps; 0 is the empty directory
)

// An ID is any of the id types.
type ID interface {
	~int64
}

// MaxID is the largest id that a client may choose.
const MaxID = 1<<31 - 1

// AllUsers is the group that every user and every group is implicitly in.
const AllUsers GroupID = 1

// Built-in objects that every directory has.
const (
	AdminRole          RoleID          = 2
	AdminPermissionSet PermissionSetID = 1
	AllModels          ModelSetID      = 1
)

// Made returns the id that stands, in later edits of the same change, for the object that edit
// i creates.
func Made[T ID](i int) T { return T(-i - 1) }

// MadeBy is the inverse of Made: it returns the edit that creates the object.
func MadeBy[T ID](id T) (edit int, ok bool) {
	return int(-id - 1), id < 0
}

// ParseID parses a decimal id. It refuses signs, spaces, leading zeros and numbers above
// MaxID, because no object has such an id.
func ParseID[T ID](field, s string) (T, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > MaxID || s[0] == '+' || s[0] == '0' {
		return 0, Malformed(field, "must be a positive whole number")
	}
	return T(n), nil
}

// FormatID returns the decimal form of an id.
func FormatID[T ID](id T) string { return strconv.FormatInt(int64(id), 10) }

// An ObjectKind is the kind of an Object.
type ObjectKind uint8

// The kinds of object that history lists changes by, that sources refer to and that carry
// facets.
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

// String returns the kind's name, as in "group:12".
func (k ObjectKind) String() string { return objectNames[k] }

// ParseObjectKind is the inverse of String.
func ParseObjectKind(field, s string) (ObjectKind, error) {
	for i, name := range objectNames {
		if name == s {
			return ObjectKind(i), nil
		}
	}
	return 0, Invalid(field, "must be one of directory, user, group, attribute, role, permission_set, model_set")
}

// An Object identifies one object of any kind.
type Object struct {
	Kind ObjectKind
	ID   int64
}

// String returns the form that the command line and the API use: "group:12".
func (o Object) String() string { return o.Kind.String() + ":" + strconv.FormatInt(o.ID, 10) }
