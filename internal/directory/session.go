package directory

// A Session is what a login has begun: as long as it lasts, somebody acts as a
// user.
type Session struct {
	ID         int64 // positive; unique among the sessions of a user
	User       UserID
	Credential CredentialID // what was logged in with; of a sudo, the sudoer's
	Sudoer     UserID       // who stands behind a sudo, else 0
	CreatedAt  Instant
	ExpiresAt  Instant
}

// A Lockout is a run of failed logins that keeps somebody from logging in.
type Lockout struct {
	Key      string // names it, in letters and digits
	ClientID string // whose logins failed; empty if they are counted otherwise
	Address  string // where they came from; empty if they are counted otherwise
	Failures int
	At       Instant // of the last one
}

// A SignIn is a person's session in the console.
type SignIn struct {
	ID        int64 // positive; unique among those of a user
	User      UserID
	Method    string // MethodLink, or the name of an identity provider
	Agent     string // the browser, as it calls itself
	CreatedAt Instant
	ProvedAt  Instant // when the person last proved who it is; 0 is not known
	SeenAt    Instant // when it was last used, to the minute
	ExpiresAt Instant
}

// A SignInProvider is an identity provider that people sign in at, as the
// settings have it.
type SignInProvider struct {
	Name, Title, Issuer string
	MatchesEmail        bool   // whether a verified e-mail is matched, once
	Source              string // whose references are matched; empty is none
	Creates             bool   // whether an unknown person becomes a user
	GroupsFrom          string // the claim that memberships come from; empty is none
	SignsOut            bool   // whether signing out can go on there
}

// MethodLink is the Method of a session that a one-time link began.
const MethodLink = "link"

// A SignInLink signs a person in to the console once. The secret is shown once.
type SignInLink struct {
	Secret    string
	User      UserID
	ExpiresAt Instant
}

// A Reveal is the opening of a hidden value.
type Reveal struct {
	At        Instant
	Caller    UserID
	Sudoer    UserID // who stood behind a sudo, else 0
	Attribute AttributeID
	Owner     Object
	RequestID string
}
