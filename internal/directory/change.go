package directory

// A Change is a list of edits to be committed as one.
type Change struct {
	Edits   []Edit
	Comment string

	// Token is that of a preview of the same edits by the same caller. The change
	// is refused as stale if something that decided the preview has changed
	// since; memberships and users' own values may, unless Strict.
	Token  string
	Strict bool
	// Repeat makes a repeated request have no second effect.
	Repeat Repeat
	// Numbered says that errors name the place of an edit, such as edits/0/value,
	// also if there is only one.
	Numbered bool
	// Expect is what the change was computed from; nil if others cannot have
	// changed that.
	Expect *Expectations
}

// A Repeat names a request. A second change of the same caller under the same
// key, within a day, is answered as the first was, if the hash of the request
// is the same, and else refused. The zero Repeat names none.
type Repeat struct {
	Key  string
	Hash [32]byte
}

// A Committed is the outcome of a change.
type Committed struct {
	Revision Revision // of the change, or of the directory as it was if nothing changed
	Changed  bool     // false if the edits changed nothing: no record was made
	Results  []Result // one for each edit
	Drifted  int      // memberships, users' own values and windows that moved since the preview that was committed
	Repeated bool     // nothing happened now: this is the answer to the same request from before
}

// An Attempt is the outcome of one of several changes.
type Attempt struct {
	Committed Committed
	Err       error // nil if it was committed; then, and only then, Committed is set
}

// A Result is what one edit yields.
type Result struct {
	ID   int64 // of the object made or edited
	Made bool  // whether the edit made it
	// ClientID and Secret are those of a new API credential. The secret is shown
	// once and kept nowhere.
	ClientID string
	Secret   string

	Skipped []string // what a revert left out, a phrase each
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
