package login

import (
	"path"
	"strings"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// userForCredential finds a user by a login credential.
func userForCredential(q *protocol.Request) error {
	kind := directory.CredentialKind(path.Base(path.Dir(q.R.URL.EscapedPath())))
	id := q.R.PathValue("credential_id")
	if kind == directory.CredentialEmail {
		id = directory.Fold(strings.TrimSpace(id))
	}
	if len(id) > maxCredentialLen || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return &directory.Error{Kind: directory.KindNotFound, Field: "credential_id", Msg: "cannot be an id of a credential"}
	}
	u, err := q.Dir.UserByIdentifier(q.Context(), kind, id)
	if directory.KindOf(err) == directory.KindNotFound {
		return &directory.Error{Kind: directory.KindNotFound, Msg: "no user has this credential"}
	}
	if err != nil {
		return err
	}
	return document.ReplyUser(q, u.User.ID)
}

// CredentialTypes lists the credential types that users can be found by: the kinds of this
// directory, and "api", which the vendor no longer supports and nobody has.
func CredentialTypes() []string {
	return []string{"email", "google", "saml", "oidc", "ldap", "api", "api3", "embed", "looker_openid"}
}
