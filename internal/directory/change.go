package directory

// A Change is a list of edits that are committed together.
type Change struct {
	Edits   []Edit
	Comment string

	// Token is the token of a preview of the same edits by the same caller. The change is
	// refused as stale if the basis of the preview has changed. Memberships and users' own
	// values may change, unless Strict.
	Token  string
	Strict bool
	// Repeat keeps a repeated request from having a second effect.
	Repeat Repeat
	// Numbered makes errors name the place of an edit, such as edits/0/value, even if there is
	// only one.
	Numbered bool
	// Expect is what the change was computed from. Nil if nobody else can have changed that.
	Expect *Expectations
}

// A Repeat identifies a request. A second change of the same caller under the same key within
// a day gets the first answer if the hash of the request is the same, and is refused
// otherwise. The zero Repeat identifies none.
type Repeat struct {
	Key  string
	Hash [32]byte
}

// A Committed is the outcome of a change.
type Committed struct {
	Revision Revision // of the change, or of the current state if nothing changed
	Changed  bool     // false if the edits changed nothing, so that there is no record
	Results  []Result // one for each edit
	Drifted  int      // memberships, own values and windows that moved since the preview
	Repeated bool     // this is the earlier answer to the same request
}

// An Attempt is the outcome of one of several changes.
type Attempt struct {
	Committed Committed
	Err       error // nil if and only if it was committed; then Committed is set
}

// A Result is the outcome of one edit.
type Result struct {
	ID   int64 // of the object created or edited
	Made bool  // the edit created it
	// ClientID and Secret are those of a new API credential. The secret is shown once and not
	// stored.
	ClientID string
	Secret   string

	Skipped []string // what a revert left out, as phrases
}

// A ChangeHeader describes a committed change.
type ChangeHeader struct {
	Revision   Revision
	At         Instant
	Caller     UserID // 0 for the program itself
	Credential CredentialID
	Sudoer     UserID
	Dialect    string
	RequestID  string
	ChangeID   string // random, chosen before the commit; tells whether a lost commit happened
	Comment    string
}
