package directory

// An AnswerMoment is a moment at which the answer to one question changed: which
// value somebody has of an attribute.
type AnswerMoment struct {
	At Instant
	// Change is what changed it. Where time alone did, it is the change that says
	// that time has passed, or zero.
	Change ChangeHeader
	Passed bool // time alone changed it: a window opened or closed
	Before Explanation
	After  Explanation
	// Definition is that of the attribute at the moment; before it, if the change
	// took the attribute away.
	Definition Attribute
	// Writes are the rows of the change that bear on the answer.
	Writes []RowWrite
	// Known says whether the answer before is known: at the oldest moment of a
	// history that begins with an import or was pruned it is not.
	Known bool
	// GroupName names groups as they were named then.
	GroupName func(GroupID) string
}

// The reasons for which a timeline ends.
const (
	TimelineMade   = "made"   // what is asked about was made then
	TimelineImport = "import" // what was before was imported, without a history
	TimelinePruned = "pruned" // what was before was erased or pruned
)

// An AnswerTimeline is how an answer changed, the newest moment first.
type AnswerTimeline struct {
	Moments []AnswerMoment
	// Older is where to go on: changes of this revision and before have not been
	// looked at. It is 0 at the end.
	Older Revision
	Ends  string // why there is nothing older, if Older is 0
}

// An AnswerQuestion says whose answer is asked for, and of which attribute.
type AnswerQuestion struct {
	User      UserID  // of the user, or
	Group     GroupID // what the group hands down
	Attribute AttributeID
}

// A TimelineQuery says which part of a timeline is asked for.
type TimelineQuery struct {
	From  Revision // the newest change to look at; 0 is the last
	Limit int      // moments at most; 0 is 50
}

// ThenNames are objects as they were named when a change was made. What is not
// known is absent.
type ThenNames struct {
	Groups     map[GroupID]string
	Users      map[UserID]string
	Attributes map[AttributeID]Attribute
	Roles      map[RoleID]string
}

// ChangeRows are rows that a change wrote, in their order.
type ChangeRows struct {
	Writes []RowWrite
	Total  int // how many there are, those that are not listed included
	Names  ThenNames
	Caller string // the name of then of the user who made the change
	Sudoer string
}
