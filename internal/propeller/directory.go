package propeller

import (
	"context"

	"cohort/internal/directory"
)

// A Directory is what this dialect asks of the product, already narrowed to
// what one caller may do. Whatever the caller may not know of is not found or
// left out; whatever it may not do is forbidden.
type Directory interface {
	// CommitEach runs n changes, each as one of its own, in their order. prepare
	// decides what a change consists of, with the directory as all earlier
	// changes left it; it may run more than once. A change without edits changes
	// nothing.
	CommitEach(ctx context.Context, n int, prepare func(i int, now Directory) (directory.Change, error)) []directory.Attempt

	// Preview says what committing a change would do.
	Preview(ctx context.Context, change directory.Change) (directory.Preview, error)

	// Revision is the incarnation and the revision at which the last answer was
	// true.
	Revision() (incarnation int64, revision directory.Revision)

	// BySource lists the references with a source id, in one source or, if source
	// is empty, in any.
	BySource(ctx context.Context, kind directory.ObjectKind, source, sourceID string) ([]directory.SourceReference, error)
	// Sources are the references of each object, by source.
	Sources(ctx context.Context, objects ...directory.Object) ([][]directory.SourceReference, error)
	// Facets are what this dialect keeps with an object, by kind and name.
	Facets(ctx context.Context, object directory.Object) ([]directory.Facet, error)

	// Groups are all groups that the caller may see, by id, All Users included.
	Groups(ctx context.Context) ([]directory.Group, error)
	Group(ctx context.Context, id directory.GroupID) (directory.Group, error)
	// GroupPath is a group, its first parent, that one's, and so on to a root.
	GroupPath(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	// ChildGroups are the groups directly in a group, by id.
	ChildGroups(ctx context.Context, id directory.GroupID) ([]directory.Group, error)

	// Users lists the users that the caller may see, and counts those it would
	// list without Offset and Limit.
	Users(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, int, error)
	User(ctx context.Context, id directory.UserID) (directory.UserDetail, error)

	// Attributes are those the caller may see, by id.
	Attributes(ctx context.Context) ([]directory.Attribute, error)
	Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error)
	AttributeByName(ctx context.Context, name string) (directory.Attribute, error)
	// ValuesOfGroup are the values in force that a group has of its own.
	ValuesOfGroup(ctx context.Context, id directory.GroupID) ([]directory.GroupValue, error)
	// GroupEffective and EffectiveIn give what a group or a user effectively has
	// of the attributes, in their order and in a language.
	GroupEffective(ctx context.Context, id directory.GroupID, attributes []directory.AttributeID, language directory.Language) ([]directory.Effective, error)
	EffectiveIn(ctx context.Context, user directory.UserID, attributes []directory.AttributeID, language directory.Language) ([]directory.Effective, error)
	// LanguagesOf are the languages in which something in the groups can inherit
	// a value.
	LanguagesOf(ctx context.Context, id directory.AttributeID, groups ...directory.GroupID) ([]directory.Language, error)
}

// Sessions is what this dialect asks of the authentication of callers.
type Sessions interface {
	// Authenticate finds out who presents a token; an unknown or expired one is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
}
