package directory

import "time"

// TooManyRemovals is the rule of the removal guard: a job that removes so many of
// so many objects removes more than anybody is likely to mean, if it is more than
// a tenth, more than floor, and more than somebody has allowed.
func TooManyRemovals(removed, of, floor, allowed int64) bool {
	return removed > floor && removed*100 > of*guardPercent && removed > allowed
}

// The removal guard stops what removes more than both of these.
const (
	guardPercent = 10
	// GuardedRemovals is how many objects may be removed whatever the share.
	GuardedRemovals = 25
)

// A SCIMClient is an identity provider that feeds the directory.
type SCIMClient struct {
	Name     string // and source of its references
	User     UserID // the service account that it is
	Profile  string // okta, entra or generic
	Adopt    string // "contact" if it takes people over by contact e-mail
	Disabled bool
	Tokens   []SCIMToken // the newest first
	Held     []SCIMEvent // what the removal guard has held, the newest first
	Refused  []SCIMEvent // requests that were refused, the newest first
	Requests []SCIMEvent // the last requests to this node, the newest first
	// Released is how many removals somebody has released, and until when.
	Released      int64
	ReleasedUntil Instant
}

// A SCIMToken is one of the tokens of a client, which can have two.
type SCIMToken struct {
	ID        CredentialID
	ClientID  string
	Disabled  bool
	CreatedAt Instant
	ExpiresAt Instant // 0 is never
	UsedAt    Instant // 0 is not known
}

// A SCIMEvent is something that a client did or was refused.
type SCIMEvent struct {
	At        Instant
	Method    string
	Path      string // without the query
	Status    int
	Detail    string // what the client was told
	RequestID string
}

// A NewSCIMClient is what a client is made of. An empty profile is generic; a
// ValidFor of 0 is for ever.
type NewSCIMClient struct {
	Name, Profile, Adopt string
	ValidFor             time.Duration
}

// A MadeSCIMToken is a token that was made, which is shown once.
type MadeSCIMToken struct {
	Name      string
	User      UserID
	ClientID  string
	Secret    string
	Token     string
	ExpiresAt Instant // 0 is never
	OldUntil  Instant // when the one before it ends; 0 if there is none
}
