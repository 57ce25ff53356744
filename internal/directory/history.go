package directory

// A ChangeQuery selects committed changes. Zero fields select all.
type ChangeQuery struct {
	After     Revision // only later ones
	Object    *Object  // only those that touched the object
	Caller    UserID
	RequestID string
	From, To  Instant // commit time: From inclusive, To exclusive
	Newest    bool    // newest first; Before replaces After
	Before    Revision
	Limit     int // 0 means 100
}

// A CommittedChange is a change with its edits in history. Hidden values appear as seals.
type CommittedChange struct {
	ChangeHeader
	Edits  []Edit
	Forgot bool // the edits were erased or pruned
	Erased int  // how many of several edits were erased
}

// A Point is a moment in the past of a directory: a revision, or a time, which means the last
// revision committed at or before it. The zero Point is now.
type Point struct {
	Revision Revision
	At       Instant
}

// IsNow reports whether the point is the present.
func (p Point) IsNow() bool { return p == Point{} }
