package directory

// An AnswerMoment is a moment at which an answer changed: the value that somebody has of an
// attribute.
type AnswerMoment struct {
	At Instant
	// Change is the change that caused it. If time alone did, it is the change that records
	// the passing of time, or zero.
	Change ChangeHeader
	Passed bool // a window opened or closed
	Before Explanation
	After  Explanation
	// Definition is the attribute at the moment, or before it if the change deleted the
	// attribute.
	Definition Attribute
	// Writes are the rows of the change that affect the answer.
	Writes []RowWrite
	// Known reports whether the answer before is known. It is not at the oldest moment of a
	// history that begins with an import or was pruned.
	Known bool
	// GroupName returns the name that a group had then.
	GroupName func(GroupID) string
}

// The reasons why a timeline ends.
const (
	TimelineMade   = "made"   // what is asked about was made then
	TimelineImport = "import" // what was before was imported, without a history
	TimelinePruned = "pruned" // what was before was erased or pruned
)

// An AnswerTimeline lists how an answer changed, newest first.
type AnswerTimeline struct {
	Moments []AnswerMoment
	// Older is the revision to continue from: it and earlier changes were not examined. 0 at
	// the end.
	Older Revision
	Ends  string // why there is nothing older, if Older is 0
}

// An AnswerQuestion asks for the value of somebody and an attribute.
type AnswerQuestion struct {
	User      UserID  // of the user, or
	Group     GroupID // what the group hands down
	Attribute AttributeID
}

// A TimelineQuery selects a part of a timeline.
type TimelineQuery struct {
	From  Revision // the newest change to examine; 0 means the last
	Limit int      // of moments; 0 means 50
}

// ThenNames are the names that objects had when a change was made. Unknown names are absent.
type ThenNames struct {
	Groups     map[GroupID]string
	Users      map[UserID]string
	Attributes map[AttributeID]Attribute
	Roles      map[RoleID]string
}

// ChangeRows are rows that a change wrote, in order.
type ChangeRows struct {
	Writes []RowWrite
	Total  int // including rows that are not listed
	Names  ThenNames
	Caller string // the name that the caller had then
	Sudoer string
}
