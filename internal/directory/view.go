package directory

// A RankedValue is a group value in force and its rank: 1 is strongest. The
// rank counts every value of the attribute, also those that the caller is not
// shown.
type RankedValue struct {
	GroupValue
	Rank int
}

// A GroupDetail is what belongs to a group beside its own row.
type GroupDetail struct {
	Group   Group
	Parents []GroupID // by position; without All Users
	Roles   []RoleID  // given directly, ascending
	Members int64     // users directly in it, in force
}

// A UserDetail is a user with what it has of its own, as a caller may see it:
// only memberships and values in force, of groups and attributes that exist.
type UserDetail struct {
	UserRows
	AllRoles []RoleID // held directly and through groups, ascending
	Self     bool     // the caller itself
}

// A Touch is the change that touched an object last.
type Touch struct {
	Revision Revision
	At       Instant
}

// A RoleDetail is a role with the two sets that it is made of.
type RoleDetail struct {
	Role          Role
	PermissionSet PermissionSet
	ModelSet      ModelSet
}
