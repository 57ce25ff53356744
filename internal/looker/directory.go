package looker

import (
	"context"
	"net/netip"

	"cohort/internal/directory"
)

// A Directory is what this dialect asks of the product, already narrowed to
// what one caller may do. Whatever the caller may not know of is not found or
// left out; whatever it may not do is forbidden.
type Directory interface {
	// Commit runs the edits as one change.
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
	// CommitPrepared runs, as one change, the edits that prepare makes out of what
	// there is when they are run: nothing can come between. prepare may run more
	// than once. No edits change nothing.
	CommitPrepared(ctx context.Context, prepare func(now Directory) (directory.Change, error)) (directory.Committed, error)
	// Preview says what committing a change would do.
	Preview(ctx context.Context, change directory.Change) (directory.Preview, error)
	// Can reports, for each edit alone, whether the caller has the permission for
	// it and its object is not protected from it. Values are not looked at.
	Can(ctx context.Context, edits ...directory.Edit) ([]bool, error)
	// Permissions are the caller's own.
	Permissions(ctx context.Context) (directory.Permissions, error)
	// MaySudo reports whether the caller may act as a user: nil, or the error to
	// answer with.
	MaySudo(ctx context.Context, user directory.UserID) error

	// Revision is the incarnation and the revision at which the last answer was
	// true.
	Revision() (incarnation int64, revision directory.Revision)

	// Groups are all groups that the caller may see, by id, All Users included.
	Groups(ctx context.Context) ([]directory.Group, error)
	Group(ctx context.Context, id directory.GroupID) (directory.Group, error)
	// GroupDetails are in the order asked for; ids that the caller may not see
	// are left out.
	GroupDetails(ctx context.Context, ids []directory.GroupID) ([]directory.GroupDetail, error)
	// ChildGroups are the groups directly in a group, by id.
	ChildGroups(ctx context.Context, id directory.GroupID) ([]directory.Group, error)

	// Roles are in the order asked for; ids that the caller may not see are left
	// out.
	Roles(ctx context.Context, ids []directory.RoleID) ([]directory.RoleDetail, error)
	// AllRoles, PermissionSets and ModelSets are those that the caller may see, by
	// id.
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)
	PermissionSets(ctx context.Context) ([]directory.PermissionSet, error)
	ModelSets(ctx context.Context) ([]directory.ModelSet, error)
	// RoleGroups are the groups that give a role directly, by id.
	RoleGroups(ctx context.Context, id directory.RoleID) ([]directory.GroupID, error)
	// RoleHolders selects the users who hold a role, or only those who were given
	// it directly.
	RoleHolders(ctx context.Context, id directory.RoleID, directly bool) (directory.UserFilter, error)
	// RoleCounts says how many users hold each of the roles, in the order asked
	// for.
	RoleCounts(ctx context.Context, ids []directory.RoleID) ([]int64, error)

	// Attributes are those the caller may see, by id.
	Attributes(ctx context.Context) ([]directory.Attribute, error)
	Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error)
	// GroupValues are an attribute's values in force, by rank, of the groups that
	// the caller may see.
	GroupValues(ctx context.Context, id directory.AttributeID) ([]directory.RankedValue, error)
	GroupValue(ctx context.Context, group directory.GroupID, attribute directory.AttributeID) (directory.RankedValue, error)

	// Users lists the users that the caller may see, and counts those it would
	// list without Offset and Limit.
	Users(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, int, error)
	User(ctx context.Context, id directory.UserID) (directory.UserDetail, error)
	// UserByIdentifier finds the user that a credential identifies.
	UserByIdentifier(ctx context.Context, kind directory.CredentialKind, identifier string) (directory.UserDetail, error)

	// Effective gives a user's effective values of the attributes, in their
	// order; nil asks for all that the caller may see, by id. Attributes that the
	// caller may not see are left out. Values of hidden attributes carry Sealed
	// and no text.
	Effective(ctx context.Context, user directory.UserID, attributes []directory.AttributeID) ([]directory.Effective, error)
	// Explain gives one effective value with every candidate.
	Explain(ctx context.Context, user directory.UserID, attribute directory.AttributeID) (directory.Explanation, error)

	// FacetsOf are what this dialect keeps with objects, by kind and name. Objects
	// that the caller may not see are left out.
	FacetsOf(ctx context.Context, objects []directory.Object) (map[directory.Object][]directory.Facet, error)
}

// Sessions is what this dialect asks of the authentication of callers.
type Sessions interface {
	// Login exchanges a client id and secret for a token. A bad pair is not
	// found, too many failures are too many.
	Login(ctx context.Context, clientID, secret string, from netip.Addr) (Token, error)
	// Sudo makes a token with which the caller acts as a user. Whether it may is
	// asked of Directory.MaySudo first.
	Sudo(ctx context.Context, caller directory.Caller, user directory.UserID) (Token, error)
	// Authenticate finds out who presents a token; an unknown or expired one is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
	// Logout revokes the token, and no other.
	Logout(ctx context.Context, token string) error
	// SessionsOf are the sessions in which somebody acts as a user; whether the
	// caller may know of them is asked of Directory first.
	SessionsOf(ctx context.Context, user directory.UserID) ([]directory.Session, error)
	// EndSession revokes the token of one of a user's sessions.
	EndSession(ctx context.Context, user directory.UserID, id int64) error
	// Lockouts are the client ids and addresses that cannot log in now.
	Lockouts(ctx context.Context) ([]directory.Lockout, error)
	// Unlock forgets the failed logins of a lock-out.
	Unlock(ctx context.Context, key string) error
	// Workspace is the workspace that the token's session is in.
	Workspace(ctx context.Context, token string) (string, error)
	// SetWorkspace moves the token's session to a workspace.
	SetWorkspace(ctx context.Context, token, workspace string) error
}

// A Token is what a login gives.
type Token = directory.AccessToken
