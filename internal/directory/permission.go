package directory

// A Permission is one power over the directory.
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

// PermissionsOf collects the permissions among names; other names grant nothing.
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

// Has reports whether the set holds p.
func (s Permissions) Has(p Permission) bool { return s&Permissions(p) != 0 }

// Covers reports whether s holds everything that t holds.
func (s Permissions) Covers(t Permissions) bool { return t&^s == 0 }

// CanManage reports whether the set lets its holder change what others have. A
// caller without any such permission is ordinary, and has smaller limits.
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

// A Caller is who asks. Which permissions a caller has is not in it: core
// looks them up at the revision that answers.
type Caller struct {
	User       UserID       // as whom; 0 is the program itself
	Credential CredentialID // what it logged in with
	Sudoer     UserID       // who stands behind a sudo, else 0
	Dialect    string       // the wire format it speaks
	RequestID  string
}

// System is the program acting for itself: first start, demo data, time that
// passes. It has every permission.
func System(why string) Caller { return Caller{Dialect: why} }

// IsSystem reports whether the caller is the program itself.
func (c Caller) IsSystem() bool { return c.User == 0 }

// An AccessToken is what a login gives: a text to present, shown once.
type AccessToken struct {
	Text      string
	ExpiresAt Instant
}
