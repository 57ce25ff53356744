package looker

import (
	"strings"

	"cohort/internal/directory"
)

// An identityBody holds the members that all credentials of identity providers share.
type identityBody struct {
	Can        canMap `json:"can"`
	CreatedAt  string `json:"created_at"`
	IsDisabled bool   `json:"is_disabled"`
	Type       string `json:"type"`
	URL        string `json:"url"`
}

// The vendor's CredentialsGoogle, CredentialsLDAP, CredentialsSaml, CredentialsOIDC,
// CredentialsLookerOpenid, CredentialsTotp and CredentialsEmbed. Nobody logs in with them on
// this server, so logged_in_at is empty.
type (
	credentialGoogleBody struct {
		identityBody `json:",inline"`
		Domain       *string `json:"domain"`
		Email        string  `json:"email"`
		GoogleUserID string  `json:"google_user_id"`
		LoggedInAt   string  `json:"logged_in_at"`
	}
	credentialLDAPBody struct {
		identityBody `json:",inline"`
		Email        string  `json:"email"`
		LDAPDN       *string `json:"ldap_dn"`
		LDAPID       string  `json:"ldap_id"`
		LoggedInAt   string  `json:"logged_in_at"`
	}
	credentialSAMLBody struct {
		identityBody `json:",inline"`
		Email        string `json:"email"`
		LoggedInAt   string `json:"logged_in_at"`
		SAMLUserID   string `json:"saml_user_id"`
	}
	credentialOIDCBody struct {
		identityBody `json:",inline"`
		Email        string `json:"email"`
		LoggedInAt   string `json:"logged_in_at"`
		OIDCUserID   string `json:"oidc_user_id"`
	}
	credentialOpenIDBody struct {
		identityBody `json:",inline"`
		Email        string  `json:"email"`
		LoggedInAt   string  `json:"logged_in_at"`
		LoggedInIP   *string `json:"logged_in_ip"`
		UserURL      string  `json:"user_url"`
	}
	credentialTOTPBody struct {
		identityBody `json:",inline"`
		Verified     bool `json:"verified"`
	}
	credentialEmbedBody struct {
		identityBody    `json:",inline"`
		ID              string  `json:"id"`
		ExternalGroupID *string `json:"external_group_id"`
		ExternalUserID  string  `json:"external_user_id"`
		LoggedInAt      string  `json:"logged_in_at"`
	}
)

// identities are the credentials of a user by kind, nil where there is none.
type identities struct {
	google *credentialGoogleBody
	ldap   *credentialLDAPBody
	saml   *credentialSAMLBody
	oidc   *credentialOIDCBody
	openID *credentialOpenIDBody
	totp   *credentialTOTPBody
	embed  []credentialEmbedBody
}

// identities renders the credentials of a user at identity providers.
func (q *request) identities(u *directory.UserDetail) identities {
	var all identities
	for _, c := range u.Credentials {
		renderIdentity := func() identityBody {
			return identityBody{
				Can: canMap{}, CreatedAt: vendorTime(c.CreatedAt), IsDisabled: c.Disabled, Type: string(c.Kind),
				URL: q.url("users", directory.FormatID(c.User), "credentials_"+string(c.Kind)),
			}
		}
		switch c.Kind {
		case directory.CredentialGoogle:
			all.google = &credentialGoogleBody{identityBody: renderIdentity(), Email: u.Email(), GoogleUserID: c.Shown}
			if _, domain, ok := strings.Cut(u.Email(), "@"); ok {
				all.google.Domain = &domain
			}
		case directory.CredentialLDAP:
			all.ldap = &credentialLDAPBody{identityBody: renderIdentity(), Email: u.Email(), LDAPID: c.Shown}
		case directory.CredentialSAML:
			all.saml = &credentialSAMLBody{identityBody: renderIdentity(), Email: u.Email(), SAMLUserID: c.Shown}
		case directory.CredentialOIDC:
			all.oidc = &credentialOIDCBody{identityBody: renderIdentity(), Email: u.Email(), OIDCUserID: c.Shown}
		case directory.CredentialLookerOpenID:
			all.openID = &credentialOpenIDBody{identityBody: renderIdentity(), Email: u.Email(),
				UserURL: q.url("users", directory.FormatID(c.User))}
		case directory.CredentialTOTP:
			all.totp = &credentialTOTPBody{identityBody: renderIdentity()}
		case directory.CredentialEmbed:
			body := renderIdentity()
			body.URL += "/" + directory.FormatID(c.ID)
			all.embed = append(all.embed, credentialEmbedBody{identityBody: body, ID: directory.FormatID(c.ID),
				ExternalUserID: c.Shown})
		// the vendor has no such credential
		case directory.CredentialEmail, directory.CredentialAPI, directory.CredentialSSO, directory.CredentialUsername,
			directory.CredentialSCIM:
		}
	}
	return all
}

// of returns the credential of a kind that a user has at most once.
func (all *identities) of(kind directory.CredentialKind) any {
	switch kind {
	case directory.CredentialGoogle:
		return all.google
	case directory.CredentialLDAP:
		return all.ldap
	case directory.CredentialSAML:
		return all.saml
	case directory.CredentialOIDC:
		return all.oidc
	case directory.CredentialLookerOpenID:
		return all.openID
	case directory.CredentialTOTP:
		return all.totp
	default:
		return nil
	}
}

// credentialOf returns the credential of a kind of the user in the path, and the user.
func (q *request) credentialOf(kind directory.CredentialKind) (directory.Credential, directory.UserDetail, error) {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return directory.Credential{}, directory.UserDetail{}, err
	}
	u, err := q.dir.User(q.ctx(), id)
	if err != nil {
		return directory.Credential{}, u, err
	}
	c, ok := u.Credential(kind)
	if !ok {
		return c, u, &directory.Error{Kind: directory.KindNotFound, Msg: "the user has no credential of this kind"}
	}
	return c, u, nil
}

// identity returns the handler that shows the user's credential of a kind.
func identity(kind directory.CredentialKind) func(*request) error {
	return func(q *request) error {
		_, u, err := q.credentialOf(kind)
		if err != nil {
			return err
		}
		all := q.identities(&u)
		return q.reply(all.of(kind))
	}
}

// deleteIdentity returns the handler that removes the user's credential of a kind.
func deleteIdentity(kind directory.CredentialKind) func(*request) error {
	return func(q *request) error {
		c, _, err := q.credentialOf(kind)
		if err != nil {
			return err
		}
		return q.done(directory.DeleteCredential{User: c.User, Credential: c.ID})
	}
}

// createTOTP creates a second factor. No login of this server asks for it.
func createTOTP(q *request) error {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	if q.r.ContentLength != 0 {
		var in struct{}
		if err := q.body(&in); err != nil {
			return err
		}
	}
	shown, err := q.commitPrepared(func(now Directory) ([]directory.Edit, error) {
		u, err := now.User(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		edit := directory.SetIdentity{User: id, Kind: directory.CredentialTOTP, Identifier: "user " + directory.FormatID(id)}
		if _, has := u.Credential(directory.CredentialTOTP); has {
			return nil, q.refuseTwice(now, edit)
		}
		return []directory.Edit{edit}, nil
	})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return identity(directory.CredentialTOTP)(q)
}

// refuseTwice refuses a second credential of a kind, provided that the caller may create one.
func (q *request) refuseTwice(now Directory, edit directory.Edit) error {
	may, err := now.Can(q.ctx(), edit)
	if err != nil {
		return err
	}
	if !may[0] {
		return directory.Forbidden("you may not change how this user logs in")
	}
	return &directory.Error{Kind: directory.KindConflict, Msg: "the user has a credential of this kind already"}
}
