package pagekit

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/inspect"
	"cohort/internal/view"
)

// A Directory is what the console asks of the product, narrowed to what the
// person who is signed in may do.
type Directory interface {
	Reader
	// Commit runs the edits as one change.
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
	// Preview says what committing a change would do.
	Preview(ctx context.Context, change directory.Change) (directory.Preview, error)
	// GroupPowers are what a group gives to those in it.
	GroupPowers(ctx context.Context, id directory.GroupID) (directory.Permissions, error)
	// Can reports for each edit whether the caller may make it.
	Can(ctx context.Context, edits ...directory.Edit) ([]bool, error)
	// Affected counts whose effective values past changes changed, and Effects says
	// of one how.
	Affected(ctx context.Context, revisions []directory.Revision) (map[directory.Revision]directory.Affected, error)
	Effects(ctx context.Context, revision directory.Revision) (directory.Preview, error)
	// Reveals lists who has opened hidden values, the newest first.
	Reveals(ctx context.Context, limit int) ([]directory.Reveal, error)
	// At is the directory as it was, and Suppose as edits would make it.
	At(ctx context.Context, point directory.Point) (*view.View, error)
	Suppose(ctx context.Context, edits []directory.Edit) (*view.View, error)
	// WaitFor returns when the directory is at a revision or later.
	WaitFor(ctx context.Context, revision directory.Revision) error
	// Refresh has later reads answered as of the newest revision.
	Refresh()
	// Release closes what is open of the store; later reads open it again.
	Release()
}

// A Reader reads the directory, as it is or as it was.
type Reader interface {
	// Revision is the revision at which the last answer was true.
	Revision() (incarnation int64, revision directory.Revision)
	Permissions(ctx context.Context) (directory.Permissions, error)
	// Now is the time by which answers decide what is in force.
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
