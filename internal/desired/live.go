package desired

import (
	"strings"

	"cohort/internal/directory"
)

// A Live is what a directory has, as far as a plan needs it.
type Live struct {
	Attributes     []LiveAttribute
	Groups         []LiveGroup // All Users among them
	Roles          []LiveRole
	PermissionSets []LiveSet
	ModelSets      []LiveSet
	Users          []LiveUser // empty unless users are managed
}

// A LiveAttribute is an attribute that is there.
type LiveAttribute struct {
	directory.Attribute
	HasSecret bool              // a hidden default is set
	Sources   map[string]string // source ids by source, marks among them
}

// A LiveGroup is a group that is there.
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
	Hidden    bool // Value is not known
	Rank      int  // of group values
	directory.Window
}

// A LiveRole is a role that is there.
type LiveRole struct {
	ID            directory.RoleID
	Name          string
	PermissionSet directory.PermissionSetID
	ModelSet      directory.ModelSetID
	BuiltIn       bool
	Sources       map[string]string
}

// A LiveSet is a permission set or a model set that is there.
type LiveSet struct {
	ID      int64
	Name    string
	Names   []string // of permissions or models, ascending
	BuiltIn bool
}

// A LiveUser is a user that is there.
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

// A LiveMember is a membership that is there.
type LiveMember struct {
	Group directory.GroupID
	directory.Window
}

// Marks are source references that say which set manages an object, and under
// which key.
const (
	markPrefix  = "set:"
	orderPrefix = "order:"
)

// IsMark reports whether a source is a mark of a set.
func IsMark(source string) bool {
	return strings.HasPrefix(source, markPrefix) || strings.HasPrefix(source, orderPrefix)
}

// managerOf is the set that manages an object; empty if none does.
func managerOf(sources map[string]string) string { return markedBy(sources, markPrefix) }

func markedBy(sources map[string]string, prefix string) string {
	for source := range sources {
		if set, ok := strings.CutPrefix(source, prefix); ok {
			return set
		}
	}
	return ""
}
