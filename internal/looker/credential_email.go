package looker

import (
	"crypto/rand"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A credentialEmailBody is the vendor's CredentialsEmail.
type credentialEmailBody struct {
	Can                            canMap `json:"can"`
	CreatedAt                      string `json:"created_at"`
	Email                          string `json:"email"`
	ForcedPasswordResetAtNextLogin bool   `json:"forced_password_reset_at_next_login"`
	UserID                         string `json:"user_id"`
	IsDisabled                     bool   `json:"is_disabled"`
	LoggedInAt                     string `json:"logged_in_at"`
	PasswordResetURL               string `json:"password_reset_url"`
	AccountSetupURL                string `json:"account_setup_url"`
	Type                           string `json:"type"`
	URL                            string `json:"url"`
	UserURL                        string `json:"user_url"`
}

// vendorTime formats a time as the vendor does. The zero time is the empty text.
func vendorTime(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format("2006-01-02T15:04:05.000-07:00")
}

// credentialEmailBody renders a login e-mail. It is shown as disabled, as the vendor shows one
// without a password, because this server has no passwords. Only callers who may change how
// the user logs in see the URLs.
func (q *request) credentialEmailBody(c directory.Credential, f userFacets, mayReset bool) *credentialEmailBody {
	user := directory.FormatID(c.User)
	b := &credentialEmailBody{
		Can:       canMap{"show_password_reset_url": mayReset},
		CreatedAt: vendorTime(c.CreatedAt), Email: c.Shown, UserID: user, IsDisabled: true, Type: string(c.Kind),
		ForcedPasswordResetAtNextLogin: f.Reset.holds(f.ResetForAll, c),
		URL:                            q.url("users", user, "credentials_email"), UserURL: q.url("users", user),
	}
	if mayReset && f.PasswordResetToken != "" {
		b.PasswordResetURL = q.baseURL() + "/password/reset/" + f.PasswordResetToken
		b.AccountSetupURL = q.baseURL() + "/account/setup/" + f.PasswordResetToken
	}
	return b
}

// emailCredential returns the login e-mail of the user in the path.
func (q *request) emailCredential() (directory.Credential, error) {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return directory.Credential{}, err
	}
	u, err := q.dir.User(q.ctx(), id)
	if err != nil {
		return directory.Credential{}, err
	}
	c, ok := u.Credential(directory.CredentialEmail)
	if !ok {
		return c, &directory.Error{Kind: directory.KindNotFound, Msg: "the user has no login e-mail"}
	}
	return c, nil
}

func (q *request) replyEmailCredential() error {
	c, err := q.emailCredential()
	if err != nil {
		return err
	}
	facets, err := q.allUserFacets(c.User)
	if err != nil {
		return err
	}
	may, err := q.mayReset(c.User)
	if err != nil {
		return err
	}
	return q.reply(q.credentialEmailBody(c, facets, may))
}

// mayReset reports whether the caller may change how a user logs in.
func (q *request) mayReset(id directory.UserID) (bool, error) {
	may, err := q.mayResetEach([]directory.UserID{id})
	return err == nil && may[0], err
}

func (q *request) mayResetEach(ids []directory.UserID) ([]bool, error) {
	var edits []directory.Edit
	for _, id := range ids {
		edits = append(edits, directory.SetLoginEmail{User: id}, directory.CreateAPICredential{User: id})
	}
	answers, err := q.dir.Can(q.ctx(), edits...)
	if err != nil {
		return nil, err
	}
	may := make([]bool, len(ids))
	for i := range may {
		may[i] = answers[2*i] && answers[2*i+1]
	}
	return may, nil
}

func emailCredentialOf(q *request) error { return q.replyEmailCredential() }

// A credentialEmailInput holds the members of a login e-mail that callers may write.
type credentialEmailInput struct {
	Email                          httpkit.Optional[string] `json:"email"`
	ForcedPasswordResetAtNextLogin httpkit.LooseBool        `json:"forced_password_reset_at_next_login"`
}

// edits returns the edits for an existing login e-mail or a new one.
func (in *credentialEmailInput) edits(have directory.Credential, facets userFacets,
	create bool) ([]directory.Edit, error) {
	id := have.User
	email, err := directory.ParseEmail("email", in.Email.Value)
	if err != nil {
		return nil, err
	}
	edits := []directory.Edit{directory.SetLoginEmail{User: id, Email: email, New: create}}
	wanted := in.ForcedPasswordResetAtNextLogin // null means false
	if !wanted.Set || create && !wanted.Value || !create && wanted.Value == facets.Reset.holds(facets.ResetForAll, have) {
		return edits, nil
	}
	forced, err := setFacet(id.Object(), facetForcedReset,
		httpkit.Some(forcedReset{wanted.Value, facets.ResetForAll.Number}))
	return append(edits, forced...), err
}

func createEmailCredential(q *request) error {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	return q.editEmailCredential(directory.Credential{User: id}, true)
}

func updateEmailCredential(q *request) error {
	c, err := q.emailCredential()
	if err != nil {
		return err
	}
	return q.editEmailCredential(c, false)
}

func (q *request) editEmailCredential(have directory.Credential, create bool) error {
	var in credentialEmailInput
	if err := q.body(&in); err != nil {
		return err
	}
	if !in.Email.Set && !create {
		in.Email = httpkit.Some(have.Shown) // changes nothing, but needs the permission
	}
	facets, err := q.allUserFacets(have.User)
	if err != nil {
		return err
	}
	edits, err := in.edits(have, facets, create)
	if err != nil {
		return err
	}
	if _, shown, err := q.commit(edits...); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyEmailCredential()
}

// deleteEmailCredential removes the login e-mail and its facets.
func deleteEmailCredential(q *request) error {
	c, err := q.emailCredential()
	if err != nil {
		return err
	}
	object := c.User.Object()
	_, shown, err := q.commit(
		directory.DeleteCredential{User: c.User, Credential: c.ID},
		directory.DeleteFacet{Object: object, Dialect: Dialect, Kind: facetForcedReset})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.noContent()
}

// resetPassword answers with URLs for setting a password. This server has no passwords:
// nothing is sent or stored, and the URLs exist in this reply only.
func resetPassword(q *request) error {
	if _, _, err := q.params.bool("expires"); err != nil {
		return err
	}
	c, err := q.emailCredential()
	if err != nil {
		return err
	}
	may, err := q.mayReset(c.User)
	if err != nil {
		return err
	}
	if !may {
		return directory.Forbidden("you may not change how this user logs in")
	}
	facets, err := q.allUserFacets(c.User)
	if err != nil {
		return err
	}
	facets.PasswordResetToken = rand.Text()
	return q.reply(q.credentialEmailBody(c, facets, may))
}

// updateEmails replaces every e-mail address of a disabled user.
func updateEmails(q *request) error {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	var in struct {
		Email httpkit.Optional[string] `json:"email"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	email, err := directory.ParseEmail("email", in.Email.Value)
	if err != nil {
		return err
	}
	u, err := q.dir.User(q.ctx(), id)
	if err != nil {
		return err
	}
	if !u.User.Disabled {
		return directory.Invalid("is_disabled", "must be true before the addresses can be replaced")
	}
	var edits []directory.Edit
	if _, ok := u.Credential(directory.CredentialEmail); ok {
		edits = append(edits, directory.SetLoginEmail{User: id, Email: email})
	}
	if u.User.ContactEmail != "" || len(edits) == 0 {
		edits = append(edits, directory.UpdateUser{User: id, ContactEmail: &email})
	}
	if _, shown, err := q.commit(edits...); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyUser(id)
}

// searchEmailCredentials lists login e-mails by searching the users who have one.
func searchEmailCredentials(q *request) error {
	where, err := q.credentialFilter()
	if err != nil {
		return err
	}
	page, err := httpkit.ParsePage(q.params.Values)
	if err != nil {
		return err
	}
	sorts, err := parseSorts(q.params, credentialField)
	if err != nil {
		return err
	}
	query := directory.UserQuery{Where: directory.UsersAnd{directory.UsersWith(directory.CredentialEmail), where}}
	for _, s := range sorts {
		query.Sort = append(query.Sort, directory.UserSort{Field: s.field, Desc: s.desc})
	}
	return replyUserParts(q, page, query, func(q *request, users []directory.UserDetail) ([]byte, error) {
		bodies, err := q.emailCredentialBodies(users)
		if err != nil {
			return nil, err
		}
		return q.selected(bodies)
	})
}

// emailCredentialBodies renders the login e-mails of users who have one.
func (q *request) emailCredentialBodies(users []directory.UserDetail) ([]*credentialEmailBody, error) {
	ids := make([]directory.UserID, len(users))
	for i := range users {
		ids[i] = users[i].User.ID
	}
	facets, err := q.facetsOfUsers(ids)
	if err != nil {
		return nil, err
	}
	may, err := q.mayResetEach(ids)
	if err != nil {
		return nil, err
	}
	bodies := make([]*credentialEmailBody, len(users))
	for i := range users {
		c, _ := users[i].Credential(directory.CredentialEmail)
		bodies[i] = q.credentialEmailBody(c, facets[i], may[i])
	}
	return bodies, nil
}

func credentialField(name string) directory.UserField {
	switch name {
	case "id", "user_id":
		return directory.FieldID
	case "email":
		return directory.FieldEmail
	case "created_at":
		return directory.FieldCreatedAt
	}
	return 0
}

// credentialFilter reads the parameters of the search. A login e-mail has the id of its user
// here.
func (q *request) credentialFilter() (directory.UserFilter, error) {
	filters, err := q.params.textFilter("email", directory.FieldEmail)
	if err != nil {
		return nil, err
	}
	ids, err := q.params.idFilter("id")
	if err != nil {
		return nil, err
	}
	filters = append(filters, ids...)
	emails, given, err := q.params.list("emails")
	if err != nil {
		return nil, err
	}
	if given {
		any := directory.UsersOr{}
		for _, email := range emails {
			pattern, err := directory.ParsePattern("emails", email)
			if err != nil {
				return nil, err
			}
			if any = append(any, directory.UsersLike{Field: directory.FieldEmail,
				Pattern: pattern}); len(any) > directory.MaxFields {
				return nil, directory.Malformed("emails", "has more than %d addresses", directory.MaxFields)
			}
		}
		filters = append(filters, any)
	}
	or, _, err := q.params.bool("filter_or")
	if err != nil {
		return nil, err
	}
	if or && len(filters) > 0 {
		return directory.UsersOr(filters), nil
	}
	return directory.UsersAnd(filters), nil
}
