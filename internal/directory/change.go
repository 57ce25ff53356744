package directory

// A Change is a list of edits to be committed as one.
type Change struct {
	Edits   []Edit
	Comment string
}

// A Committed change says what became of it.
type Committed struct {
	Revision Revision // of the change, or of the directory as it was if nothing changed
	Changed  bool     // false if the edits changed nothing: no record was made
	Results  []Result // one for each edit
}

// An Attempt is what became of one of several changes.
type Attempt struct {
	Committed Committed
	Err       error // nil if it was committed; then, and only then, Committed is set
}

// A Result is what one edit yields.
type Result struct {
	ID     int64  // of the object made or edited
	Made   bool   // whether the edit made it
	Secret string // of a new API credential; shown once, kept nowhere
}

// A ChangeHeader describes a committed change.
type ChangeHeader struct {
	Revision   Revision
	At         Instant
	Caller     UserID // 0 is the program itself
	Credential CredentialID
	Sudoer     UserID
	Dialect    string
	RequestID  string
	ChangeID   string // random, made before the commit; tells whether a lost commit happened
	Comment    string
}
