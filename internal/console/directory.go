package console

import (
	"context"

	"cohort/internal/directory"
)

// A Directory is what the console asks of the product, narrowed to what the
// person who is signed in may do.
type Directory interface {
	Reader
	// Commit runs the edits as one change.
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
	// Preview says what committing a change would do.
	Preview(ctx context.Context, change directory.Change) (directory.Preview, error)
	// Can reports for each edit whether the caller may make it.
	Can(ctx context.Context, edits ...directory.Edit) ([]bool, error)
}

// A Reader reads the directory, now and as it was.
type Reader interface {
	// Revision is the revision at which the last answer was true.
	Revision() (incarnation int64, revision directory.Revision)
	Permissions(ctx context.Context) (directory.Permissions, error)

	Groups(ctx context.Context) ([]directory.Group, error)
	Group(ctx context.Context, id directory.GroupID) (directory.Group, error)
	GroupDetails(ctx context.Context, ids []directory.GroupID) ([]directory.GroupDetail, error)
	GroupPath(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	ChildGroups(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	Roles(ctx context.Context, ids []directory.RoleID) ([]directory.RoleDetail, error)
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)

	Attributes(ctx context.Context) ([]directory.Attribute, error)
	Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error)
	AttributeByName(ctx context.Context, name string) (directory.Attribute, error)
	WholeValues(ctx context.Context, id directory.AttributeID) ([]directory.RankedValue, error)
	WholeValuesOf(ctx context.Context, id directory.GroupID) ([]directory.RankedValue, error)

	Users(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, int, error)
	WholeUser(ctx context.Context, id directory.UserID) (directory.UserDetail, error)
	UsersByEmail(ctx context.Context, email string) ([]directory.UserID, error)
	BySource(ctx context.Context, kind directory.ObjectKind, source, sourceID string) ([]directory.SourceReference, error)
	Sources(ctx context.Context, objects ...directory.Object) ([][]directory.SourceReference, error)

	Effective(ctx context.Context, user directory.UserID, attributes []directory.AttributeID) ([]directory.Effective, error)
	EffectiveAt(
		ctx context.Context, user directory.UserID, attributes []directory.AttributeID, point directory.Point,
	) ([]directory.Effective, directory.Revision, error)
	Explain(ctx context.Context, user directory.UserID, attribute directory.AttributeID) (directory.Explanation, error)
	ExplainAt(
		ctx context.Context, user directory.UserID, attribute directory.AttributeID, point directory.Point,
	) (directory.Explanation, directory.Revision, error)
	GroupEffective(
		ctx context.Context, id directory.GroupID, attributes []directory.AttributeID, language directory.Language,
	) ([]directory.Effective, error)
	GroupExplain(ctx context.Context, group directory.GroupID, attribute directory.AttributeID) (directory.Explanation, error)

	Holders(ctx context.Context, q directory.HolderQuery) (directory.HolderPage, error)
	Lint(ctx context.Context, q directory.LintQuery) (directory.LintPage, error)
	Changes(ctx context.Context, q directory.ChangeQuery) ([]directory.CommittedChange, error)
	Change(ctx context.Context, rev directory.Revision) (directory.CommittedChange, error)
}
