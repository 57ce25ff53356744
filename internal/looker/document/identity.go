package document

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// An identity holds the members that all credentials of identity providers share.
type identity struct {
	Can        Can    `json:"can"`
	CreatedAt  string `json:"created_at"`
	IsDisabled bool   `json:"is_disabled"`
	Type       string `json:"type"`
	URL        string `json:"url"`
}

// The vendor's CredentialsGoogle, CredentialsLDAP, CredentialsSaml, CredentialsOIDC,
// CredentialsLookerOpenid and CredentialsTotp. Nobody logs in with them on this server, so
// logged_in_at is empty.
type (
	credentialGoogle struct {
		identity     `json:",inline"`
		Domain       *string `json:"domain"`
		Email        string  `json:"email"`
		GoogleUserID string  `json:"google_user_id"`
		LoggedInAt   string  `json:"logged_in_at"`
	}
	credentialLDAP struct {
		identity   `json:",inline"`
		Email      string  `json:"email"`
		LDAPDN     *string `json:"ldap_dn"`
		LDAPID     string  `json:"ldap_id"`
		LoggedInAt string  `json:"logged_in_at"`
	}
	credentialSAML struct {
		identity   `json:",inline"`
		Email      string `json:"email"`
		LoggedInAt string `json:"logged_in_at"`
		SAMLUserID string `json:"saml_user_id"`
	}
	credentialOIDC struct {
		identity   `json:",inline"`
		Email      string `json:"email"`
		LoggedInAt string `json:"logged_in_at"`
		OIDCUserID string `json:"oidc_user_id"`
	}
	credentialOpenID struct {
		identity   `json:",inline"`
		Email      string  `json:"email"`
		LoggedInAt string  `json:"logged_in_at"`
		LoggedInIP *string `json:"logged_in_ip"`
		UserURL    string  `json:"user_url"`
	}
	credentialTOTP struct {
		identity `json:",inline"`
		Verified bool `json:"verified"`
	}
)

// A CredentialEmbed is the vendor's CredentialsEmbed.
type CredentialEmbed struct {
	identity        `json:",inline"`
	ID              string  `json:"id"`
	ExternalGroupID *string `json:"external_group_id"`
	ExternalUserID  string  `json:"external_user_id"`
	LoggedInAt      string  `json:"logged_in_at"`
}

// Identities are the credentials of a user by kind, nil where there is none.
type Identities struct {
	google *credentialGoogle
	ldap   *credentialLDAP
	saml   *credentialSAML
	oidc   *credentialOIDC
	openID *credentialOpenID
	totp   *credentialTOTP
	Embed  []CredentialEmbed
}

// IdentitiesOf renders the credentials of a user at identity providers.
func IdentitiesOf(q *protocol.Request, u *directory.UserDetail) Identities {
	var all Identities
	for _, c := range u.Credentials {
		renderIdentity := func() identity {
			return identity{
				Can: Can{}, CreatedAt: Time(c.CreatedAt), IsDisabled: c.Disabled, Type: string(c.Kind),
				URL: q.URL("users", directory.FormatID(c.User), "credentials_"+string(c.Kind)),
			}
		}
		switch c.Kind {
		case directory.CredentialGoogle:
			all.google = &credentialGoogle{identity: renderIdentity(), Email: u.Email(), GoogleUserID: c.Shown}
			if _, domain, ok := strings.Cut(u.Email(), "@"); ok {
				all.google.Domain = &domain
			}
		case directory.CredentialLDAP:
			all.ldap = &credentialLDAP{identity: renderIdentity(), Email: u.Email(), LDAPID: c.Shown}
		case directory.CredentialSAML:
			all.saml = &credentialSAML{identity: renderIdentity(), Email: u.Email(), SAMLUserID: c.Shown}
		case directory.CredentialOIDC:
			all.oidc = &credentialOIDC{identity: renderIdentity(), Email: u.Email(), OIDCUserID: c.Shown}
		case directory.CredentialLookerOpenID:
			all.openID = &credentialOpenID{identity: renderIdentity(), Email: u.Email(),
				UserURL: q.URL("users", directory.FormatID(c.User))}
		case directory.CredentialTOTP:
			all.totp = &credentialTOTP{identity: renderIdentity()}
		case directory.CredentialEmbed:
			body := renderIdentity()
			body.URL += "/" + directory.FormatID(c.ID)
			all.Embed = append(all.Embed, CredentialEmbed{identity: body, ID: directory.FormatID(c.ID),
				ExternalUserID: c.Shown})
		// the vendor has no such credential
		case directory.CredentialEmail, directory.CredentialAPI, directory.CredentialSSO, directory.CredentialUsername,
			directory.CredentialSCIM:
		}
	}
	return all
}

// Of returns the credential of a kind that a user has at most once.
func (all *Identities) Of(kind directory.CredentialKind) any {
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
