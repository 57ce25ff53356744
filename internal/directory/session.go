package directory

// A Session begins with a login. While it lasts, somebody acts as a user.
type Session struct {
	ID         int64 // positive; unique among the sessions of a user
	User       UserID
	Credential CredentialID // used for the login; the sudoer's for a sudo
	Sudoer     UserID       // the user behind a sudo, or 0
	CreatedAt  Instant
	ExpiresAt  Instant
}

// A Lockout is a run of failed logins that slows further ones down.
type Lockout struct {
	Key      string // identifies it; letters and digits
	ClientID string // of the failed logins; empty if they are counted by address
	Address  string // of the failed logins; may be empty
	Failures int
	At       Instant // of the last failure
}

// A SignIn is a person's session in the console.
type SignIn struct {
	ID        int64 // positive; unique among those of a user
	User      UserID
	Method    string // MethodLink, or the name of an identity provider
	Agent     string // the browser's User-Agent
	CreatedAt Instant
	ProvedAt  Instant // when the person last proved its identity; 0 if not known
	SeenAt    Instant // when it was last used, to the minute
	ExpiresAt Instant
}

// A SignInProvider is an identity provider for the sign-in of people, as configured.
type SignInProvider struct {
	Name, Title, Issuer string
	MatchesEmail        bool   // a verified e-mail is matched, once
	Source              string // whose references are matched; may be empty
	Creates             bool   // an unknown person becomes a user
	GroupsFrom          string // the claim with the memberships; may be empty
	SignsOut            bool   // signing out can continue at the provider
}

// MethodLink is the Method of a session that began with a one-time link.
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
	Sudoer    UserID // the user behind a sudo, or 0
	Attribute AttributeID
	Owner     Object
	RequestID string
}
