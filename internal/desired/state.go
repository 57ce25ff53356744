package desired

import (
	"slices"

	"cohort/internal/directory"
)

// A State is what a directory should contain, as far as it says so: a nil field is not
// managed.
type State struct {
	Set        string // who manages the objects; empty marks none
	Unmanaged  bool   // the files say that no set manages the objects
	Attributes []Attribute
	Groups     []Group
	Roles      []Role
	Users      []User
	HasUsers   bool // users are managed, even if there are none
	// Kept are objects that must stay although what the state wants of them is refused. Nil
	// means none.
	Kept *State
}

// An Entry holds what all objects of a state have.
type Entry struct {
	Key     string  // names the object within the state
	Place   string  // where it was read, such as groups.yaml:12
	Name    *string // if it differs from the key
	Unnamed bool    // without a Name, the name is not managed, because the key is none
	Find    string  // finds it, instead of its name
	ID      int64   // finds it; 0 if not given
	// Adds means that parents, roles and groups are added to existing ones.
	Adds bool
	// MustExist means that the object is only referred to, and never created.
	MustExist bool
	Sources   map[string]string // source ids by source; empty removes one
}

// An Attribute is the state of an attribute.
type Attribute struct {
	Entry
	Type          *string
	Label         *string
	Rule          *string
	UserValueMode *string
	Default       *Value
	Hidden        *bool
	UserCanView   *bool
	UserCanEdit   *bool
	Order         *[]string // keys of groups, strongest first
	Description   *string
	Allowed       *[]directory.AllowedValue
	Pattern       *string
	Least         *string
	Greatest      *string
	MaxLength     *int
	// Facets are stored with a new attribute. Their object is not set.
	Facets []directory.Facet
}

// onlyOrders reports whether the state says only in which order the values are. Then the
// attribute belongs to whoever defines it.
func (a *Attribute) onlyOrders() bool {
	return a.Order != nil && a.Name == nil && len(a.Sources) == 0 && a.Type == nil && a.Label == nil && a.Rule == nil &&
		a.UserValueMode == nil && a.Default == nil && a.Hidden == nil && a.UserCanView == nil && a.UserCanEdit == nil &&
		a.Description == nil && a.Allowed == nil && a.Pattern == nil && a.Least == nil && a.Greatest == nil &&
		a.MaxLength == nil
}

// A Group is the state of a group.
type Group struct {
	Entry
	Language    *string
	Description *string
	Parents     *[]string // keys of groups, in order
	Roles       *[]string // keys of roles
	Values      []Assigned
}

// A Role is the state of a role.
type Role struct {
	Entry
	Permissions   *[]string
	PermissionSet *string // its name, if it differs from the role's
	Models        *[]string
	ModelSet      *string
}

// A User is the state of a user.
type User struct {
	Entry
	Kind         *string
	FirstName    *string
	LastName     *string
	Email        *string // login e-mail; empty removes it
	ContactEmail *string
	Timezone     *string
	Language     *string
	Disabled     *bool
	Groups       *[]Member
	Roles        *[]string // keys of roles
	Values       []Assigned
	Identities   map[directory.CredentialKind]string
}

// A Member is a membership of a user.
type Member struct {
	Group string // key of the group
	Bounds
}

// Bounds are the managed bounds of a window.
type Bounds struct {
	From, Until *directory.Instant // 0 is no bound
}

// over applies the managed bounds to a window.
func (b Bounds) over(w directory.Window) directory.Window {
	if b.From != nil {
		w.StartsAt = *b.From
	}
	if b.Until != nil {
		w.ExpiresAt = *b.Until
	}
	return w
}

// Managed reports whether a bound is managed.
func (b Bounds) Managed() bool { return b.From != nil || b.Until != nil }

// An Assigned is the wanted value of an attribute on an owner.
type Assigned struct {
	Attribute string // its key
	Place     string
	Rank      *int // of a group's value, from 1; nil leaves it, or puts a new one last
	Value
}

// A Value is a wanted value.
type Value struct {
	directory.Value        // empty if Clear, Keep, Env or File is set
	Clear           bool   // no value is wanted
	Keep            bool   // a hidden value that an export left out: unchanged
	Env             string // the environment variable that holds it
	File            string // the file that holds it
	Bounds
}

// Without returns the state without some objects, named by kind and key.
func (s *State) Without(bad map[string]bool) *State {
	out, kept := *s, State{}
	if s.Kept != nil {
		kept = *s.Kept
	}
	out.Roles = without(s.Roles, &kept.Roles, func(r *Role) bool { return bad["role "+r.Key] })
	out.Attributes = without(s.Attributes, &kept.Attributes, func(a *Attribute) bool { return bad["attribute "+a.Key] })
	out.Groups = without(s.Groups, &kept.Groups, func(g *Group) bool { return bad["group "+g.Key] })
	out.Users = without(s.Users, &kept.Users, func(u *User) bool { return bad["user "+u.Key] })
	out.Kept = &kept
	return &out
}

func without[T any](list []T, kept *[]T, drop func(*T) bool) []T {
	var out []T
	for i := range list {
		if drop(&list[i]) {
			*kept = append(slices.Clip(*kept), list[i])
		} else {
			out = append(out, list[i])
		}
	}
	return out
}
