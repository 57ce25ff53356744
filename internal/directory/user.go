package directory

import "slices"

// A UserKind says whether a user is a person or a service account.
type UserKind string

// The kinds of user. A service account has no login e-mail.
const (
	KindPerson  UserKind = "person"
	KindService UserKind = "service"
)

// A User is a person or a service account.
type User struct {
	ID           UserID
	Kind         UserKind
	FirstName    string
	LastName     string
	ContactEmail string // need not be unique; the login e-mail is a credential
	Timezone     string
	Language     Language
	Disabled     bool
	CreatedAt    Instant
	DeletedRev   Revision // 0 while the user is there
}

// Exists reports whether the user is there and not marked deleted.
func (u User) Exists() bool { return u.ID != 0 && u.DeletedRev == 0 }

// DisplayName is the first and the last name, as far as they are known.
func (u *User) DisplayName() string {
	switch {
	case u.FirstName == "":
		return u.LastName
	case u.LastName == "":
		return u.FirstName
	}
	return u.FirstName + " " + u.LastName
}

// A Membership is a user directly in a group.
type Membership struct {
	User     UserID
	Group    GroupID
	Position int64 // order key among the user's groups, ascending, with gaps
	Window
}

// A UserValue is a value that a user has of its own.
type UserValue struct {
	User      UserID
	Attribute AttributeID
	Value     Value
	Window
}

// A UserRole gives a role to a user.
type UserRole struct {
	User UserID
	Role RoleID
}

// A CredentialKind says how a credential identifies its user.
type CredentialKind string

// The kinds of credential.
const (
	CredentialEmail        CredentialKind = "email" // login e-mail
	CredentialAPI          CredentialKind = "api3"  // client id and secret
	CredentialGoogle       CredentialKind = "google"
	CredentialLDAP         CredentialKind = "ldap"
	CredentialSAML         CredentialKind = "saml"
	CredentialOIDC         CredentialKind = "oidc"
	CredentialTOTP         CredentialKind = "totp"
	CredentialLookerOpenID CredentialKind = "looker_openid"
	CredentialEmbed        CredentialKind = "embed"
	CredentialSSO          CredentialKind = "sso" // a person at an identity provider: PROVIDER/SUBJECT, exact bytes
	// CredentialUsername is a login name that is no e-mail address, compared by Fold.
	CredentialUsername CredentialKind = "username"
	// CredentialSCIM is the id and secret of an identity provider; it is good at
	// the SCIM API only.
	CredentialSCIM CredentialKind = "scim"
)

// A Credential is a way to identify a user. Its secret, if it has one, is
// never part of it: a store keeps only a hash, apart from the row.
type Credential struct {
	ID         CredentialID
	User       UserID
	Kind       CredentialKind
	Identifier string // unique per kind, as compared: a folded e-mail, a client id, an external id
	Shown      string // as written: the e-mail in its own case
	Disabled   bool
	CreatedAt  Instant
	ExpiresAt  Instant // the end of a client id and secret; 0 is never
}

// Good reports whether a credential is enabled and has not ended.
func (c *Credential) Good(at Instant) bool {
	return !c.Disabled && (c.ExpiresAt == 0 || at < c.ExpiresAt)
}

// CredentialUses are when credentials were last used.
type CredentialUses map[CredentialID]Instant

// UserRows is what a user has of its own: all that an effective value needs
// beside the catalog.
type UserRows struct {
	User        User
	Memberships []Membership // by position
	Values      []UserValue  // by attribute
	Roles       []RoleID     // direct, ascending
	Credentials []Credential // by id
	TouchedRev  Revision     // the last change of any of these rows
}

// Credential returns the user's first credential of a kind.
func (u *UserRows) Credential(kind CredentialKind) (Credential, bool) {
	for _, c := range u.Credentials {
		if c.Kind == kind {
			return c, true
		}
	}
	return Credential{}, false
}

// IsNamed reports whether a user has a login name: a login e-mail or another.
func (u *UserRows) IsNamed() bool {
	return slices.ContainsFunc(u.Credentials, func(c Credential) bool { return c.Kind.IsLoginName() })
}

// IsLoginName reports whether a credential of the kind is a login name.
func (k CredentialKind) IsLoginName() bool { return k == CredentialEmail || k == CredentialUsername }

// Several reports whether a user may have more than one credential of the kind.
func (k CredentialKind) Several() bool { return k == CredentialEmbed || k == CredentialSSO }

// Email is the login e-mail, else the contact one.
func (u *UserRows) Email() string {
	if c, ok := u.Credential(CredentialEmail); ok {
		return c.Shown
	}
	return u.User.ContactEmail
}
