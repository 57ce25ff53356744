package native

import (
	"context"

	"cohort/internal/directory"
)

// A Directory is what this dialect asks of the product, already narrowed to
// what one caller may do. Whatever the caller may not know of is not found or
// left out; whatever it may not do is forbidden.
type Directory interface {
	Reader
	// Commit runs the edits as one change.
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
	// CommitIf runs them if check finds the directory, as it is when the change's
	// turn comes, to be as it should; else its error is the answer. check may run
	// more than once and must not block.
	CommitIf(ctx context.Context, change directory.Change, check func(now Reader) error) (directory.Committed, error)
	// Answered returns what the same request was answered within a day.
	Answered(ctx context.Context, repeat directory.Repeat) (done directory.Committed, ok bool, err error)
	// Preview says what committing a change would do.
	Preview(ctx context.Context, change directory.Change) (directory.Preview, error)
	// Reveal opens one hidden value: of a group or a user, or an attribute's
	// default; it is logged.
	Reveal(ctx context.Context, attribute directory.AttributeID, owner directory.Object) (string, error)
	// RevertRequest undoes all changes of a request in one.
	RevertRequest(ctx context.Context, requestID, comment string) (directory.Committed, error)

	// Revision is the incarnation and the revision at which the last answer was
	// true.
	Revision() (incarnation int64, revision directory.Revision)
	// WaitFor returns when the directory is at a revision or later.
	WaitFor(ctx context.Context, rev directory.Revision) error

	// EffectiveBasis says what an EffectiveDocument rests on, and what time it is.
	EffectiveBasis(ctx context.Context, user directory.UserID) (directory.Basis, directory.Instant, error)
	// EffectiveDocument fills d, over the lists that it has.
	EffectiveDocument(ctx context.Context, user directory.UserID, attributes []directory.AttributeID, d *directory.EffectiveDocument) error
	EffectiveAt(ctx context.Context, user directory.UserID, attributes []directory.AttributeID, point directory.Point) ([]directory.Effective, directory.Revision, error)
	ExplainAt(ctx context.Context, user directory.UserID, attribute directory.AttributeID, point directory.Point) (directory.Explanation, directory.Revision, error)
	EffectiveBatch(ctx context.Context, users []directory.UserID, attributes []directory.AttributeID) ([]directory.UserValues, error)
	Holders(ctx context.Context, q directory.HolderQuery) (directory.HolderPage, error)
	Lint(ctx context.Context, q directory.LintQuery) (directory.LintPage, error)
	Changes(ctx context.Context, q directory.ChangeQuery) ([]directory.CommittedChange, error)
	Change(ctx context.Context, rev directory.Revision) (directory.CommittedChange, error)
}

// A Reader reads what objects are made of.
type Reader interface {
	Permissions(ctx context.Context) (directory.Permissions, error)

	Groups(ctx context.Context) ([]directory.Group, error)
	Group(ctx context.Context, id directory.GroupID) (directory.Group, error)
	GroupDetails(ctx context.Context, ids []directory.GroupID) ([]directory.GroupDetail, error)
	ChildGroups(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)
	PermissionSets(ctx context.Context) ([]directory.PermissionSet, error)
	ModelSets(ctx context.Context) ([]directory.ModelSet, error)

	Attributes(ctx context.Context) ([]directory.Attribute, error)
	Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error)
	AttributeByName(ctx context.Context, name string) (directory.Attribute, error)
	WholeValues(ctx context.Context, id directory.AttributeID) ([]directory.RankedValue, error)
	WholeValuesOf(ctx context.Context, id directory.GroupID) ([]directory.RankedValue, error)

	Users(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, int, error)
	WholeUser(ctx context.Context, id directory.UserID) (directory.UserDetail, error)
	WholeUsers(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, error)
	UsersByEmail(ctx context.Context, email string) ([]directory.UserID, error)

	UserBySource(ctx context.Context, source, sourceID string) (directory.UserID, error)
	BySource(ctx context.Context, kind directory.ObjectKind, source, sourceID string) ([]directory.SourceReference, error)
	Sources(ctx context.Context, objects ...directory.Object) ([][]directory.SourceReference, error)

	Explain(ctx context.Context, user directory.UserID, attribute directory.AttributeID) (directory.Explanation, error)
	GroupEffective(ctx context.Context, id directory.GroupID, attributes []directory.AttributeID, language directory.Language) ([]directory.Effective, error)
	GroupExplain(ctx context.Context, group directory.GroupID, attribute directory.AttributeID) (directory.Explanation, error)
}

// Sessions is what this dialect asks of the authentication of callers.
type Sessions interface {
	// Authenticate finds out who presents a token; an unknown or expired one is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
}
