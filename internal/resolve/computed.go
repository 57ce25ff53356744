package resolve

import "cohort/internal/directory"

// computed returns the value of an attribute that is computed from the user's fields and
// credentials. An empty field gives no value.
func computed(u *directory.UserRows, id directory.AttributeID) directory.Effective {
	text := computedText(u, id)
	if text == "" {
		return directory.Effective{Attribute: id}
	}
	return directory.Effective{Attribute: id, Origin: directory.OriginSystem, Value: directory.Value{Text: text}}
}

func computedText(u *directory.UserRows, id directory.AttributeID) string {
	switch id {
	case directory.AttrFirstName:
		return u.User.FirstName
	case directory.AttrLastName:
		return u.User.LastName
	case directory.AttrEmail:
		return u.Email()
	case directory.AttrName:
		return u.User.DisplayName()
	case directory.AttrTimezone:
		return u.User.Timezone
	case directory.AttrID:
		return directory.FormatID(u.User.ID)
	case directory.AttrLDAPUserID:
		return externalID(u, directory.CredentialLDAP)
	case directory.AttrSAMLUserID:
		return externalID(u, directory.CredentialSAML)
	case directory.AttrGoogleUserID:
		return externalID(u, directory.CredentialGoogle)
	case directory.AttrOIDCUserID:
		return externalID(u, directory.CredentialOIDC)
	default:
		return ""
	}
}

func externalID(u *directory.UserRows, kind directory.CredentialKind) string {
	cred, _ := u.Credential(kind)
	if cred.Shown != "" {
		return cred.Shown
	}
	return cred.Identifier
}
