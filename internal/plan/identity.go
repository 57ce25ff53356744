package plan

import (
	"strings"

	"cohort/internal/directory"
)

// setIdentity links a user to an account elsewhere. A user has at most one
// identity of a kind, but for embed users.
func (p *Planner) setIdentity(e directory.SetIdentity) (directory.Result, error) {
	rows, err := p.User(e.User)
	if err != nil {
		return directory.Result{}, err
	}
	if e.Kind == directory.CredentialUsername && rows.User.Kind == directory.KindService {
		return directory.Result{}, directory.Invalid("kind", "cannot be username: a service account has no login name")
	}
	if err := CheckIdentityKind(e.Kind); err != nil {
		return directory.Result{}, err
	}
	identifier, err := parseIdentifier(e)
	if err != nil {
		return directory.Result{}, err
	}
	c, exists := rows.Credential(e.Kind)
	if exists = exists && !e.Kind.Several(); !exists {
		id, err := take(&p.Head.Next.Credential, "credential")
		if err != nil {
			return directory.Result{}, err
		}
		c = directory.Credential{ID: id, User: e.User, Kind: e.Kind, CreatedAt: p.At}
	}
	c.Identifier, c.Shown = identifier, identifier
	if e.Kind == directory.CredentialUsername {
		c.Identifier = directory.Fold(identifier)
	}
	if err := p.requireFree(c, "identifier"); err != nil {
		return directory.Result{}, err
	}
	return directory.Result{ID: int64(c.ID), Made: !exists}, p.Put(c)
}

// parseIdentifier checks the identifier; it keeps the bytes that an identity
// provider sends.
func parseIdentifier(e directory.SetIdentity) (string, error) {
	if e.Kind != directory.CredentialSSO {
		return directory.ParseRequiredName("identifier", e.Identifier)
	}
	provider, subject, ok := strings.Cut(e.Identifier, "/")
	if !ok || directory.ParseSource(provider, subject) != nil {
		return "", directory.Invalid("identifier", "must be the name of a provider, a slash, and the subject there")
	}
	return e.Identifier, nil
}

// CheckIdentityKind refuses kinds of credential that are no account elsewhere.
func CheckIdentityKind(kind directory.CredentialKind) error {
	switch kind {
	case directory.CredentialGoogle, directory.CredentialLDAP, directory.CredentialSAML, directory.CredentialOIDC,
		directory.CredentialTOTP, directory.CredentialLookerOpenID, directory.CredentialEmbed,
		directory.CredentialSSO, directory.CredentialUsername:
		return nil
	default:
		return directory.Invalid("kind", "must be one of google, ldap, saml, oidc, totp, looker_openid, embed, sso, username")
	}
}
