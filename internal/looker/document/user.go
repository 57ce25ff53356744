package document

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// DefaultHomeFolder is the id of the home folder of users who chose none.
const DefaultHomeFolder = "1"

// A User is the vendor's User. Members about the vendor's folders and employees are empty.
type User struct {
	Can                        Can                        `json:"can"`
	AvatarURL                  string                     `json:"avatar_url"`
	AvatarURLWithoutSizing     string                     `json:"avatar_url_without_sizing"`
	CredentialsAPI3            []CredentialAPI3           `json:"credentials_api3"`
	CredentialsEmail           *CredentialEmail           `json:"credentials_email"`
	CredentialsEmbed           []CredentialEmbed          `json:"credentials_embed"`
	CredentialsGoogle          *credentialGoogle          `json:"credentials_google"`
	CredentialsLDAP            *credentialLDAP            `json:"credentials_ldap"`
	CredentialsLookerOpenID    *credentialOpenID          `json:"credentials_looker_openid"`
	CredentialsOIDC            *credentialOIDC            `json:"credentials_oidc"`
	CredentialsSAML            *credentialSAML            `json:"credentials_saml"`
	CredentialsTOTP            *credentialTOTP            `json:"credentials_totp"`
	DisplayName                *string                    `json:"display_name"`
	Email                      string                     `json:"email"`
	EmbedGroupSpaceID          *string                    `json:"embed_group_space_id"`
	FirstName                  string                     `json:"first_name"`
	GroupIDs                   idTexts[directory.GroupID] `json:"group_ids"`
	HomeFolderID               string                     `json:"home_folder_id"`
	ID                         string                     `json:"id"`
	IsDisabled                 bool                       `json:"is_disabled"`
	LastName                   string                     `json:"last_name"`
	Locale                     *string                    `json:"locale"`
	LookerVersions             []string                   `json:"looker_versions"`
	ModelsDirValidated         *bool                      `json:"models_dir_validated"`
	PersonalFolderID           *string                    `json:"personal_folder_id"`
	PresumedLookerEmployee     bool                       `json:"presumed_looker_employee"`
	RoleIDs                    idTexts[directory.RoleID]  `json:"role_ids"`
	Sessions                   []struct{}                 `json:"sessions"`
	UIState                    *map[string]string         `json:"ui_state"`
	VerifiedLookerEmployee     bool                       `json:"verified_looker_employee"`
	RolesExternallyManaged     bool                       `json:"roles_externally_managed"`
	AllowDirectRoles           bool                       `json:"allow_direct_roles"`
	AllowNormalGroupMembership bool                       `json:"allow_normal_group_membership"`
	AllowRolesFromNormalGroups bool                       `json:"allow_roles_from_normal_groups"`
	EmbedGroupFolderID         *string                    `json:"embed_group_folder_id"`
	IsIAMAdmin                 bool                       `json:"is_iam_admin"`
	URL                        string                     `json:"url"`

	canText []byte // Can as JSON, if known
}

// EachUser renders users in their order. A body is valid until the next one is rendered.
func EachUser(q *protocol.Request, users []directory.UserDetail, f func(*User)) error {
	cans, err := canUsers(q, users)
	if err != nil {
		return err
	}
	facets, err := wantedFacets(q, users)
	if err != nil {
		return err
	}
	var body User
	for i := range users {
		if body, err = userDocument(q, &users[i], cans[i], facets[i]); err != nil {
			return err
		}
		f(&body)
	}
	return nil
}

// ReplyUser answers with one user.
func ReplyUser(q *protocol.Request, id directory.UserID) error {
	u, err := q.Dir.User(q.Context(), id)
	if err != nil {
		return err
	}
	return replyAppended(q, sizeOfUser, func(a *appender) error {
		return EachUser(q, []directory.UserDetail{u}, func(body *User) { appendUser(a, body) })
	})
}

func userDocument(q *protocol.Request, u *directory.UserDetail, can userCan, facets UserFacets) (User, error) {
	id := directory.FormatID(u.User.ID)
	sized, unsized := avatarURLs(u.Email())
	b := User{
		Can: can.Can, canText: can.text, ID: id, URL: q.URL("users", id),
		AvatarURL: sized, AvatarURLWithoutSizing: unsized,
		Email: u.Email(), FirstName: u.User.FirstName, LastName: u.User.LastName, IsDisabled: u.User.Disabled,
		GroupIDs: groupIDs(u), RoleIDs: u.AllRoles,
		AllowDirectRoles: true, AllowNormalGroupMembership: true, AllowRolesFromNormalGroups: true,
	}
	if u.User.FirstName != "" && u.User.LastName != "" {
		name := u.User.DisplayName()
		b.DisplayName = &name
	}
	for _, c := range u.Credentials {
		if c.Kind == directory.CredentialAPI {
			b.CredentialsAPI3 = append(b.CredentialsAPI3, CredentialAPI3Of(q, c))
		}
	}
	all := IdentitiesOf(q, u)
	b.CredentialsEmbed, b.CredentialsGoogle, b.CredentialsLDAP, b.CredentialsLookerOpenID = all.Embed, all.google,
		all.ldap, all.openID
	b.CredentialsOIDC, b.CredentialsSAML, b.CredentialsTOTP = all.oidc, all.saml, all.totp
	var err error
	if q.Fields.Wants("locale") {
		if b.Locale, err = locale(q, u.User.ID); err != nil {
			return b, err
		}
	}
	b.HomeFolderID, b.ModelsDirValidated, b.UIState = facets.HomeFolderID, facets.ModelsDirValidated, facets.UIState
	if c, ok := u.Credential(directory.CredentialEmail); ok {
		show, err := maySetLogin(q, u.User.ID, can.Can)
		if err != nil {
			return b, err
		}
		b.CredentialsEmail = CredentialEmailOf(q, c, facets, show)
	}
	return b, nil
}

// maySetLogin reports whether the caller may change how a user logs in, and so sees the URLs
// for it. It reuses permissions that "can" has computed.
func maySetLogin(q *protocol.Request, id directory.UserID, can Can) (bool, error) {
	if may, known := can["update_creds"]; known || !q.Fields.Wants("credentials_email") {
		return may, nil
	}
	return MayReset(q, id)
}

// groupIDs returns All Users and the groups that a user is directly in.
func groupIDs(u *directory.UserDetail) []directory.GroupID {
	ids := append(make([]directory.GroupID, 0, 1+len(u.Memberships)), directory.AllUsers)
	for _, m := range u.Memberships {
		if m.Group != directory.AllUsers {
			ids = append(ids, m.Group)
		}
	}
	slices.Sort(ids)
	return ids
}

// avatarURLs returns the addresses of a user's picture, with and without a size: a digest of
// the e-mail, by the rules of the picture service.
func avatarURLs(email string) (sized, unsized string) {
	sum := md5.Sum([]byte(strings.ToLower(strings.TrimSpace(email))))
	var place [96]byte
	url := hex.AppendEncode(append(place[:0], "https://gravatar.lookercdn.com/avatar/"...), sum[:])
	sized = string(append(url, "?s=156&d=blank"...))
	return sized, string(append(url, "?d=blank"...))
}

// locale returns the effective value of the attribute locale.
func locale(q *protocol.Request, id directory.UserID) (*string, error) {
	values, err := q.Dir.Effective(q.Context(), id, []directory.AttributeID{directory.AttrLocale})
	if directory.KindOf(err) == directory.KindNotFound {
		return nil, nil // deleted since it was listed
	}
	if err != nil {
		return nil, err
	}
	if len(values) == 0 || values[0].Origin == directory.OriginNone {
		return nil, nil
	}
	text, _ := showValue(q, directory.TypeString, values[0].Value)
	return &text, nil
}
