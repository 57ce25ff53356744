package directory

// A RankedValue is a group value in force and its rank. 1 is the strongest. The rank counts
// every value of the attribute, even those that the caller may not see.
type RankedValue struct {
	GroupValue
	Rank int
}

// A GroupDetail is a group with what belongs to it.
type GroupDetail struct {
	Group   Group
	Parents []GroupID // by position, without All Users
	Roles   []RoleID  // given directly, ascending
	Members int64     // users directly in it, in force
}

// A UserDetail is a user with what belongs to it, as a caller may see it: only memberships and
// values in force, of groups and attributes that exist.
type UserDetail struct {
	UserRows
	AllRoles []RoleID // held directly and through groups, ascending
	Self     bool     // it is the caller
}

// A Touch is the latest change of an object.
type Touch struct {
	Revision Revision
	At       Instant
}

// A RoleDetail is a role with its two sets.
type RoleDetail struct {
	Role          Role
	PermissionSet PermissionSet
	ModelSet      ModelSet
}
