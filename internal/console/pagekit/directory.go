package pagekit

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/inspect"
	"cohort/internal/view"
)

// A Directory is the directory as the person who is signed in may read and change it.
type Directory interface {
	Reader
	// Commit commits the edits as one change.
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
	// Preview says what committing a change would do.
	Preview(ctx context.Context, change directory.Change) (directory.Preview, error)
	// GroupPowers returns the permissions that a group gives to its members.
	GroupPowers(ctx context.Context, id directory.GroupID) (directory.Permissions, error)
	// Can reports for each edit whether the caller may commit it.
	Can(ctx context.Context, edits ...directory.Edit) ([]bool, error)
	// Affected counts the users and groups whose effective values past changes changed;
	// Effects details one change.
	Affected(ctx context.Context, revisions []directory.Revision) (map[directory.Revision]directory.Affected, error)
	Effects(ctx context.Context, revision directory.Revision) (directory.Preview, error)
	// Reveals lists reveals of hidden values, newest first.
	Reveals(ctx context.Context, limit int) ([]directory.Reveal, error)
	// At returns the directory at an earlier point; Suppose returns it as edits would leave
	// it.
	At(ctx context.Context, point directory.Point) (*view.View, error)
	Suppose(ctx context.Context, edits []directory.Edit) (*view.View, error)
	// WaitFor returns when the directory has reached a revision.
	WaitFor(ctx context.Context, revision directory.Revision) error
	// Refresh makes later reads use the newest revision.
	Refresh()
	// Release closes the connection to the store; later reads open another one.
	Release()
}

// A Reader reads the directory, as it is or as it was.
type Reader interface {
	// Revision returns the revision of the last answer.
	Revision() (incarnation int64, revision directory.Revision)
	Permissions(ctx context.Context) (directory.Permissions, error)
	// Now returns the time that decides which windows are open.
	Now(ctx context.Context) (directory.Instant, error)

	GroupsAfter(ctx context.Context, after directory.GroupID, limit int,
		selects func(*directory.Group) bool) ([]directory.Group, error)
	CountGroups(ctx context.Context) (int64, error)
	Group(ctx context.Context, id directory.GroupID) (directory.Group, error)
	GroupDetails(ctx context.Context, ids []directory.GroupID) ([]directory.GroupDetail, error)
	GroupPath(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	AllGroupsOf(ctx context.Context, user directory.UserID) ([]directory.GroupID, error)
	AllFacets(ctx context.Context, object directory.Object) ([]directory.Facet, error)
	ChildGroups(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	Roles(ctx context.Context, ids []directory.RoleID) ([]directory.RoleDetail, error)
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)
	RoleCounts(ctx context.Context, ids []directory.RoleID) ([]int64, error)
	RoleGroups(ctx context.Context, id directory.RoleID) ([]directory.GroupID, error)
	RoleHolders(ctx context.Context, id directory.RoleID, directly bool) (directory.UserFilter, error)

	Attributes(ctx context.Context) ([]directory.Attribute, error)
	Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error)
	AttributeByName(ctx context.Context, name string) (directory.Attribute, error)
	PageOfValues(ctx context.Context, id directory.AttributeID, from,
		to int) (page []directory.RankedValue, total int, err error)
	WholeValuesOf(ctx context.Context, id directory.GroupID) ([]directory.RankedValue, error)

	Users(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, int, error)
	WholeUser(ctx context.Context, id directory.UserID) (directory.UserDetail, error)
	UsersByEmail(ctx context.Context, email string) ([]directory.UserID, error)
	BySource(ctx context.Context, kind directory.ObjectKind, source, sourceID string) ([]directory.SourceReference, error)
	Sources(ctx context.Context, objects ...directory.Object) ([][]directory.SourceReference, error)

	Effective(ctx context.Context, user directory.UserID,
		attributes []directory.AttributeID) ([]directory.Effective, error)
	Explain(ctx context.Context, user directory.UserID, attribute directory.AttributeID) (directory.Explanation, error)
	GroupEffective(
		ctx context.Context, id directory.GroupID, attributes []directory.AttributeID, language directory.Language,
	) ([]directory.Effective, error)
	GroupExplain(ctx context.Context, group directory.GroupID,
		attribute directory.AttributeID) (directory.Explanation, error)

	inspect.Reader
	history.Reader
}
