package directory

import "errors"

// A Permission allows one kind of operation.
type Permission uint16

// The permissions. Administer implies all others.
const (
	Administer Permission = 1 << iota
	SeeUsers
	ManageUsers
	ManageGroups
	ManageAttributes
	SetValues
	ReadEffective
	SeeHistory
	RevealHiddenValues
	Sudo
	endOfPermissions
)

var permissionNames = []string{
	"administer", "see_users", "manage_users", "manage_groups", "manage_attributes", "set_values",
	"read_effective", "see_history", "reveal_hidden_values", "sudo",
}

// A Permissions is a set of permissions.
type Permissions uint16

// AllPermissions is what an administrator has.
const AllPermissions = Permissions(endOfPermissions - 1)

// PermissionsOf returns the permissions among names. Other names grant nothing.
func PermissionsOf(names []string) Permissions {
	var set Permissions
	for _, name := range names {
		for i, known := range permissionNames {
			if name == known {
				set |= 1 << i
			}
		}
	}
	return set.expanded()
}

func (s Permissions) expanded() Permissions {
	if s&Permissions(Administer) != 0 {
		return AllPermissions
	}
	return s
}

// Has reports whether the set contains p.
func (s Permissions) Has(p Permission) bool { return s&Permissions(p) != 0 }

// Covers reports whether s contains everything in t.
func (s Permissions) Covers(t Permissions) bool { return t&^s == 0 }

// CanManage reports whether the set allows changing what others have. A caller without such a
// permission is ordinary and has smaller limits.
func (s Permissions) CanManage() bool {
	return s&Permissions(Administer|ManageUsers|ManageGroups|ManageAttributes|SetValues) != 0
}

// Names lists the set, in the order of declaration.
func (s Permissions) Names() []string {
	names := []string{}
	for i, name := range permissionNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String is the permission's name.
func (p Permission) String() string { return Permissions(p).Names()[0] }

// A Caller is who makes a request. It does not contain the caller's permissions, which core
// looks up at the revision of the answer.
type Caller struct {
	User       UserID       // 0 for the program itself
	Credential CredentialID // used for the login
	Sudoer     UserID       // the user behind a sudo, or 0
	Dialect    string       // the wire format of the request
	RequestID  string
	// StaleSignIn says that the caller is a person who has not signed in recently. It may not
	// give permissions, or change how anybody is recognized: ErrSignInAgain.
	StaleSignIn bool
}

// ErrSignInAgain is the cause of the refusal of a change that needs a recent sign-in. Nothing was
// changed.
var ErrSignInAgain = errors.New("the sign-in is too long ago for this change")

// System returns the program as a caller: for the first start, demo data, the passing of time.
// It has every permission.
func System(why string) Caller { return Caller{Dialect: why} }

// IsSystem reports whether the caller is the program itself.
func (c Caller) IsSystem() bool { return c.User == 0 }

// An AccessToken is the result of a login. Its text is shown once.
type AccessToken struct {
	Text      string
	ExpiresAt Instant
}
