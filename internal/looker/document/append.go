package document

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/protocol"
)

// Users, groups and the values of users are encoded by hand: a reply holds hundreds of them,
// and reflection would be a third of its cost. The bytes equal those of httpkit.Encode; tests
// compare them.

// An appender appends objects as JSON, each with the wanted members only. A member is appended
// whole or not at all.
type appender struct {
	b      []byte
	fields httpkit.Fields
	behind bool  // a member precedes the next one
	err    error // the first error
}

// appendList appends a list of objects.
func appendList[T any](a *appender, list []T, each func(*appender, *T)) {
	a.b = append(a.b, '[')
	for i := range list {
		if i > 0 {
			a.b = append(a.b, ',')
		}
		each(a, &list[i])
	}
	a.b = append(a.b, ']')
}

func (a *appender) open() {
	a.b = append(a.b, '{')
	a.behind = false
}

func (a *appender) close() {
	a.b = append(a.b, '}')
	a.behind = true
}

// member appends the name of a member, which needs no escaping. It reports whether the member
// is wanted.
func (a *appender) member(name string) bool {
	if !a.fields.Wants(name) {
		return false
	}
	if a.behind {
		a.b = append(a.b, ',')
	}
	a.behind = true
	a.b = append(append(append(a.b, '"'), name...), '"', ':')
	return true
}

func (a *appender) text(name, text string) {
	if a.member(name) {
		a.b = httpkit.AppendText(a.b, text)
	}
}

func (a *appender) flag(name string, flag bool) {
	if a.member(name) {
		a.b = strconv.AppendBool(a.b, flag)
	}
}

func (a *appender) number(name string, n int64) {
	if a.member(name) {
		a.b = strconv.AppendInt(a.b, n, 10)
	}
}

// optional appends a text, or null if there is none.
func (a *appender) optional(name string, text *string) {
	if text != nil {
		a.text(name, *text)
	} else if a.member(name) {
		a.b = append(a.b, "null"...)
	}
}

func (a *appender) texts(name string, texts []string) {
	if a.member(name) {
		a.b = append(a.b, '[')
		for i, text := range texts {
			if i > 0 {
				a.b = append(a.b, ',')
			}
			a.b = httpkit.AppendText(a.b, text)
		}
		a.b = append(a.b, ']')
	}
}

// idTexts are ids that are strings in JSON.
type idTexts[T directory.ID] []T

// MarshalJSON implements json.Marshaler.
func (ids idTexts[T]) MarshalJSON() ([]byte, error) { return ids.append(nil), nil }

func (ids idTexts[T]) append(b []byte) []byte {
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, '"'), int64(id), 10), '"')
	}
	return append(b, ']')
}

func (a *appender) can(can Can) {
	if a.member("can") {
		a.b = appendCan(a.b, can)
	}
}

// appendRare appends a member that few objects have, by reflection.
func appendRare[T any](a *appender, name string, v *T) {
	if !a.member(name) {
		return
	}
	if v == nil {
		a.b = append(a.b, "null"...)
		return
	}
	body, err := httpkit.Encode(v)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.b = append(a.b, body...)
}

// appendRareList appends a list that is usually empty, by reflection.
func appendRareList[T any](a *appender, name string, list []T) {
	if len(list) > 0 {
		appendRare(a, name, &list)
	} else if a.member(name) {
		a.b = append(a.b, "[]"...)
	}
}

// appendUserValue appends the row of a value. can is JSON already.
func appendUserValue(a *appender, row *value, can []byte) {
	a.open()
	if a.member("can") {
		a.b = append(a.b, can...)
	}
	a.text("name", row.Name)
	a.text("label", row.Label)
	if row.Rank != nil {
		a.number("rank", int64(*row.Rank))
	} else if a.member("rank") {
		a.b = append(a.b, "null"...)
	}
	a.text("value", row.Value)
	a.text("user_id", row.UserID)
	a.flag("user_can_edit", row.UserCanEdit)
	a.flag("value_is_hidden", row.ValueIsHidden)
	a.text("user_attribute_id", row.UserAttributeID)
	a.text("source", row.Source)
	a.optional("hidden_value_domain_whitelist", row.HiddenValueDomainWhitelist)
	a.close()
}

func appendGroup(a *appender, g *Group) {
	a.open()
	a.can(g.Can)
	a.flag("can_add_to_content_metadata", g.CanAddToContentMetadata)
	a.flag("contains_current_user", g.ContainsCurrentUser)
	a.optional("external_group_id", g.ExternalGroupID)
	a.flag("externally_managed", g.ExternallyManaged)
	a.text("id", g.ID)
	a.flag("include_by_default", g.IncludeByDefault)
	a.text("name", g.Name)
	a.number("user_count", g.UserCount)
	a.close()
}

func appendUser(a *appender, u *User) {
	a.open()
	if u.canText == nil {
		a.can(u.Can)
	} else if a.member("can") {
		a.b = append(a.b, u.canText...)
	}
	a.text("avatar_url", u.AvatarURL)
	a.text("avatar_url_without_sizing", u.AvatarURLWithoutSizing)
	appendRareList(a, "credentials_api3", u.CredentialsAPI3)
	if u.CredentialsEmail == nil {
		appendRare(a, "credentials_email", u.CredentialsEmail)
	} else if a.member("credentials_email") {
		appendCredentialEmail(a, u.CredentialsEmail)
	}
	appendRareList(a, "credentials_embed", u.CredentialsEmbed)
	appendRare(a, "credentials_google", u.CredentialsGoogle)
	appendRare(a, "credentials_ldap", u.CredentialsLDAP)
	appendRare(a, "credentials_looker_openid", u.CredentialsLookerOpenID)
	appendRare(a, "credentials_oidc", u.CredentialsOIDC)
	appendRare(a, "credentials_saml", u.CredentialsSAML)
	appendRare(a, "credentials_totp", u.CredentialsTOTP)
	a.optional("display_name", u.DisplayName)
	a.text("email", u.Email)
	a.optional("embed_group_space_id", u.EmbedGroupSpaceID)
	a.text("first_name", u.FirstName)
	if a.member("group_ids") {
		a.b = u.GroupIDs.append(a.b)
	}
	a.text("home_folder_id", u.HomeFolderID)
	a.text("id", u.ID)
	a.flag("is_disabled", u.IsDisabled)
	a.text("last_name", u.LastName)
	a.optional("locale", u.Locale)
	a.texts("looker_versions", u.LookerVersions)
	appendRare(a, "models_dir_validated", u.ModelsDirValidated)
	a.optional("personal_folder_id", u.PersonalFolderID)
	a.flag("presumed_looker_employee", u.PresumedLookerEmployee)
	if a.member("role_ids") {
		a.b = u.RoleIDs.append(a.b)
	}
	appendRareList(a, "sessions", u.Sessions)
	appendRare(a, "ui_state", u.UIState)
	a.flag("verified_looker_employee", u.VerifiedLookerEmployee)
	a.flag("roles_externally_managed", u.RolesExternallyManaged)
	a.flag("allow_direct_roles", u.AllowDirectRoles)
	a.flag("allow_normal_group_membership", u.AllowNormalGroupMembership)
	a.flag("allow_roles_from_normal_groups", u.AllowRolesFromNormalGroups)
	a.optional("embed_group_folder_id", u.EmbedGroupFolderID)
	a.flag("is_iam_admin", u.IsIAMAdmin)
	a.text("url", u.URL)
	a.close()
}

// appendCredentialEmail appends every member of a login e-mail.
func appendCredentialEmail(a *appender, c *CredentialEmail) {
	all := appender{b: a.b}
	all.open()
	all.can(c.Can)
	all.text("created_at", c.CreatedAt)
	all.text("email", c.Email)
	all.flag("forced_password_reset_at_next_login", c.ForcedPasswordResetAtNextLogin)
	all.text("user_id", c.UserID)
	all.flag("is_disabled", c.IsDisabled)
	all.text("logged_in_at", c.LoggedInAt)
	all.text("password_reset_url", c.PasswordResetURL)
	all.text("account_setup_url", c.AccountSetupURL)
	all.text("type", c.Type)
	all.text("url", c.URL)
	all.text("user_url", c.UserURL)
	all.close()
	a.b = all.b
}

// appendCan appends the operations that the caller may perform, sorted by name.
func appendCan(b []byte, can Can) []byte {
	var place [8]string // enough for most objects
	names := slices.AppendSeq(place[:0], maps.Keys(can))
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendBool(append(httpkit.AppendText(b, name), ':'), can[name])
	}
	return append(b, '}')
}

// Estimated sizes of one object in a reply, in bytes.
const (
	sizeOfUser  = 1800
	sizeOfGroup = 350
	sizeOfValue = 320
)

// replyAppended answers with the wanted fields of what put appends. size is an estimate in
// bytes.
func replyAppended(q *protocol.Request, size int, put func(*appender) error) error {
	body, err := appended(q, size, put)
	if err != nil {
		return err
	}
	return q.Send(body)
}

// appended returns the wanted fields of what put appends.
func appended(q *protocol.Request, size int, put func(*appender) error) ([]byte, error) {
	a := appender{b: make([]byte, 0, size+2)}
	if q.Fields.Flat() {
		a.fields = q.Fields
	}
	if err := cmp.Or(put(&a), a.err); err != nil {
		return nil, err
	}
	if q.Fields.Flat() {
		return a.b, nil
	}
	return q.Fields.Select(a.b)
}
