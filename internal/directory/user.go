package directory

import "slices"

// A UserKind is the kind of a user: a person or a service account.
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
	DeletedRev   Revision // 0 while the user exists
}

// Exists reports whether the user exists and is not marked deleted.
func (u User) Exists() bool { return u.ID != 0 && u.DeletedRev == 0 }

// DisplayName returns first and last name, as far as they are known.
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

// A UserValue is a user's own value of an attribute.
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
	// CredentialUsername is a login name that is not an e-mail address. It is compared by
	// Fold.
	CredentialUsername CredentialKind = "username"
	// CredentialSCIM is the id and secret of an identity provider. It is valid at the SCIM API
	// only.
	CredentialSCIM CredentialKind = "scim"
)

// A Credential identifies a user. It never contains the secret: a store holds only a hash,
// apart from the row.
type Credential struct {
	ID         CredentialID
	User       UserID
	Kind       CredentialKind
	Identifier string // unique per kind: a folded e-mail, a client id, an external id
	Shown      string // as it was written: the e-mail in its own case
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

// UserRows are the rows that a user owns. Together with the catalog they determine the user's
// effective values.
type UserRows struct {
	User        User
	Memberships []Membership // by position
	Values      []UserValue  // by attribute
	Roles       []RoleID     // direct, ascending
	Credentials []Credential // by id
	TouchedRev  Revision     // the revision of the last change of these rows
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

// IsNamed reports whether a user has a login name of any kind.
func (u *UserRows) IsNamed() bool {
	return slices.ContainsFunc(u.Credentials, func(c Credential) bool { return c.Kind.IsLoginName() })
}

// IsLoginName reports whether a credential of the kind is a login name.
func (k CredentialKind) IsLoginName() bool { return k == CredentialEmail || k == CredentialUsername }

// Several reports whether a user may have more than one credential of the kind.
func (k CredentialKind) Several() bool { return k == CredentialEmbed || k == CredentialSSO }

// Email returns the login e-mail, or else the contact e-mail.
func (u *UserRows) Email() string {
	if c, ok := u.Credential(CredentialEmail); ok {
		return c.Shown
	}
	return u.User.ContactEmail
}
