package directory

// A Role gives the permissions of a permission set to its holders.
type Role struct {
	ID            RoleID
	Name          string
	PermissionSet PermissionSetID
	ModelSet      ModelSetID
	BuiltIn       bool
}

// A PermissionSet is a named list of permissions. Names that are not a Permission are stored
// and shown, and grant nothing.
type PermissionSet struct {
	ID          PermissionSetID
	Name        string
	Permissions []string // ascending
	AllAccess   bool
	BuiltIn     bool
}

// A ModelSet is a named list of models. It limits nothing.
type ModelSet struct {
	ID        ModelSetID
	Name      string
	Models    []string // ascending
	AllAccess bool
	BuiltIn   bool
}

// A GroupRole gives a role to the users of a group and of all groups inside it.
type GroupRole struct {
	Group GroupID
	Role  RoleID
}
