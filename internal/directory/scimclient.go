package directory

import "time"

// TooManyRemovals is the rule of the removal guard: it reports whether a job removes
// suspiciously many of its objects, that is more than a tenth, more than floor, and more than
// a person has allowed.
func TooManyRemovals(removed, of, floor, allowed int64) bool {
	return removed > floor && removed*100 > of*guardPercent && removed > allowed
}

// The limits of the removal guard. It stops what exceeds both.
const (
	guardPercent = 10
	// GuardedRemovals is how many objects a job may always remove.
	GuardedRemovals = 25
)

// A SCIMClient is an identity provider that uses SCIM.
type SCIMClient struct {
	Name     string // and the source of its references
	User     UserID // its service account
	Profile  string // okta, entra or generic
	Adopt    string // "contact" if it takes people over by contact e-mail
	Disabled bool
	Tokens   []SCIMToken // newest first
	Held     []SCIMEvent // what the removal guard held, newest first
	Refused  []SCIMEvent // refused requests, newest first
	Requests []SCIMEvent // the latest requests to this node, newest first
	// Released is how many removals a person has released, and until when.
	Released      int64
	ReleasedUntil Instant
}

// A SCIMToken is one of the tokens of a client. A client can have two.
type SCIMToken struct {
	ID        CredentialID
	ClientID  string
	Disabled  bool
	CreatedAt Instant
	ExpiresAt Instant // 0 is never
	UsedAt    Instant // 0 if not known
}

// A SCIMEvent is something that a client did, or that it was refused.
type SCIMEvent struct {
	At        Instant
	Method    string
	Path      string // without the query
	Status    int
	Detail    string // what the client was told
	RequestID string
}

// A NewSCIMClient describes a new client. An empty profile means generic; a ValidFor of 0
// means for ever.
type NewSCIMClient struct {
	Name, Profile, Adopt string
	ValidFor             time.Duration
}

// A MadeSCIMToken is a new token, which is shown once.
type MadeSCIMToken struct {
	Name      string
	User      UserID
	ClientID  string
	Secret    string
	Token     string
	ExpiresAt Instant // 0 is never
	OldUntil  Instant // when the previous token ends; 0 if there is none
}
