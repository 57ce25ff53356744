package desired

import (
	"strings"

	"cohort/internal/directory"
)

// A Live is the content of a directory, as far as a plan needs it.
type Live struct {
	Attributes     []LiveAttribute
	Groups         []LiveGroup // including All Users
	Roles          []LiveRole
	PermissionSets []LiveSet
	ModelSets      []LiveSet
	Users          []LiveUser // empty unless users are managed
}

// A LiveAttribute is an existing attribute.
type LiveAttribute struct {
	directory.Attribute
	HasSecret bool              // a hidden default is set
	Sources   map[string]string // source ids by source, including marks
}

// A LiveGroup is an existing group.
type LiveGroup struct {
	ID          directory.GroupID
	Name        string
	Language    directory.Language
	Description string
	Parents     []directory.GroupID // by position, without All Users
	Roles       []directory.RoleID
	Sources     map[string]string
	Values      []LiveValue
	Members     int64 // users directly in it
}

// A LiveValue is a value on its owner.
type LiveValue struct {
	Attribute directory.AttributeID
	Value     directory.Value
	Hidden    bool // Value is unknown
	Rank      int  // of group values
	directory.Window
}

// A LiveRole is an existing role.
type LiveRole struct {
	ID            directory.RoleID
	Name          string
	PermissionSet directory.PermissionSetID
	ModelSet      directory.ModelSetID
	BuiltIn       bool
	Sources       map[string]string
}

// A LiveSet is an existing permission set or model set.
type LiveSet struct {
	ID      int64
	Name    string
	Names   []string // of permissions or models, ascending
	BuiltIn bool
}

// A LiveUser is an existing user.
type LiveUser struct {
	ID           directory.UserID
	Kind         directory.UserKind
	FirstName    string
	LastName     string
	Email        string // login e-mail
	ContactEmail string
	Timezone     string
	Language     directory.Language
	Disabled     bool
	Memberships  []LiveMember // by position
	Values       []LiveValue
	Roles        []directory.RoleID
	Sources      map[string]string
	Identities   map[string]string // accounts elsewhere, by kind
}

// A LiveMember is an existing membership.
type LiveMember struct {
	Group directory.GroupID
	directory.Window
}

// Marks are source references that say which set manages an object, and under which key.
const (
	markPrefix  = "set:"
	orderPrefix = "order:"
)

// IsMark reports whether a source is a mark of a set.
func IsMark(source string) bool {
	return strings.HasPrefix(source, markPrefix) || strings.HasPrefix(source, orderPrefix)
}

// managerOf returns the set that manages an object, or "".
func managerOf(sources map[string]string) string { return markedBy(sources, markPrefix) }

func markedBy(sources map[string]string, prefix string) string {
	for source := range sources {
		if set, ok := strings.CutPrefix(source, prefix); ok {
			return set
		}
	}
	return ""
}
