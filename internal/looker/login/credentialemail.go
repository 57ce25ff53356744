package login

import (
	"crypto/rand"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// emailCredential returns the login e-mail of the user in the path.
func emailCredential(q *protocol.Request) (directory.Credential, error) {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return directory.Credential{}, err
	}
	u, err := q.Dir.User(q.Context(), id)
	if err != nil {
		return directory.Credential{}, err
	}
	c, ok := u.Credential(directory.CredentialEmail)
	if !ok {
		return c, &directory.Error{Kind: directory.KindNotFound, Msg: "the user has no login e-mail"}
	}
	return c, nil
}

func replyEmailCredential(q *protocol.Request) error {
	c, err := emailCredential(q)
	if err != nil {
		return err
	}
	facets, err := document.FacetsOfUser(q, c.User)
	if err != nil {
		return err
	}
	may, err := document.MayReset(q, c.User)
	if err != nil {
		return err
	}
	return q.Reply(document.CredentialEmailOf(q, c, facets, may))
}

func emailCredentialOf(q *protocol.Request) error { return replyEmailCredential(q) }

// A credentialEmailInput holds the members of a login e-mail that callers may write.
type credentialEmailInput struct {
	Email                          httpkit.Optional[string] `json:"email"`
	ForcedPasswordResetAtNextLogin httpkit.LooseBool        `json:"forced_password_reset_at_next_login"`
}

// edits returns the edits for an existing login e-mail or a new one.
func (in *credentialEmailInput) edits(have directory.Credential, facets document.UserFacets,
	create bool) ([]directory.Edit, error) {
	id := have.User
	email, err := directory.ParseEmail("email", in.Email.Value)
	if err != nil {
		return nil, err
	}
	edits := []directory.Edit{directory.SetLoginEmail{User: id, Email: email, New: create}}
	wanted := in.ForcedPasswordResetAtNextLogin // null means false
	if !wanted.Set || create && !wanted.Value || !create && wanted.Value == facets.Reset.Holds(facets.ResetForAll, have) {
		return edits, nil
	}
	forced, err := document.SetFacet(id.Object(), document.FacetForcedReset,
		httpkit.Some(document.ForcedReset{Forced: wanted.Value, Number: facets.ResetForAll.Number}))
	return append(edits, forced...), err
}

func createEmailCredential(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	return editEmailCredential(q, directory.Credential{User: id}, true)
}

func updateEmailCredential(q *protocol.Request) error {
	c, err := emailCredential(q)
	if err != nil {
		return err
	}
	return editEmailCredential(q, c, false)
}

func editEmailCredential(q *protocol.Request, have directory.Credential, create bool) error {
	var in credentialEmailInput
	if err := q.Body(&in); err != nil {
		return err
	}
	if !in.Email.Set && !create {
		in.Email = httpkit.Some(have.Shown) // changes nothing, but needs the permission
	}
	facets, err := document.FacetsOfUser(q, have.User)
	if err != nil {
		return err
	}
	edits, err := in.edits(have, facets, create)
	if err != nil {
		return err
	}
	if _, shown, err := q.Commit(edits...); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return replyEmailCredential(q)
}

// deleteEmailCredential removes the login e-mail and its facets.
func deleteEmailCredential(q *protocol.Request) error {
	c, err := emailCredential(q)
	if err != nil {
		return err
	}
	object := c.User.Object()
	_, shown, err := q.Commit(
		directory.DeleteCredential{User: c.User, Credential: c.ID},
		directory.DeleteFacet{Object: object, Dialect: protocol.Dialect, Kind: document.FacetForcedReset})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return q.NoContent()
}

// resetPassword answers with URLs for setting a password. This server has no passwords:
// nothing is sent or stored, and the URLs exist in this reply only.
func resetPassword(q *protocol.Request) error {
	if _, _, err := q.Params.Bool("expires"); err != nil {
		return err
	}
	c, err := emailCredential(q)
	if err != nil {
		return err
	}
	may, err := document.MayReset(q, c.User)
	if err != nil {
		return err
	}
	if !may {
		return directory.Forbidden("you may not change how this user logs in")
	}
	facets, err := document.FacetsOfUser(q, c.User)
	if err != nil {
		return err
	}
	facets.PasswordResetToken = rand.Text()
	return q.Reply(document.CredentialEmailOf(q, c, facets, may))
}

// updateEmails replaces every e-mail address of a disabled user.
func updateEmails(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	var in struct {
		Email httpkit.Optional[string] `json:"email"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	email, err := directory.ParseEmail("email", in.Email.Value)
	if err != nil {
		return err
	}
	u, err := q.Dir.User(q.Context(), id)
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
	if _, shown, err := q.Commit(edits...); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyUser(q, id)
}

// searchEmailCredentials lists login e-mails by searching the users who have one.
func searchEmailCredentials(q *protocol.Request) error {
	where, err := credentialFilter(q)
	if err != nil {
		return err
	}
	page, err := httpkit.ParsePage(q.Params.Values)
	if err != nil {
		return err
	}
	sorts, err := query.Sorts(q.Params, credentialField)
	if err != nil {
		return err
	}
	query := directory.UserQuery{Where: directory.UsersAnd{directory.UsersWith(directory.CredentialEmail), where}}
	for _, s := range sorts {
		query.Sort = append(query.Sort, directory.UserSort{Field: s.Field, Desc: s.Desc})
	}
	return document.ReplyUserParts(q, page, query, func(q *protocol.Request, users []directory.UserDetail) ([]byte,
		error) {
		bodies, err := emailCredentialBodies(q, users)
		if err != nil {
			return nil, err
		}
		return q.Selected(bodies)
	})
}

// emailCredentialBodies renders the login e-mails of users who have one.
func emailCredentialBodies(q *protocol.Request, users []directory.UserDetail) ([]*document.CredentialEmail, error) {
	ids := make([]directory.UserID, len(users))
	for i := range users {
		ids[i] = users[i].User.ID
	}
	facets, err := document.FacetsOfUsers(q, ids)
	if err != nil {
		return nil, err
	}
	may, err := document.MayResetEach(q, ids)
	if err != nil {
		return nil, err
	}
	bodies := make([]*document.CredentialEmail, len(users))
	for i := range users {
		c, _ := users[i].Credential(directory.CredentialEmail)
		bodies[i] = document.CredentialEmailOf(q, c, facets[i], may[i])
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
func credentialFilter(q *protocol.Request) (directory.UserFilter, error) {
	filters, err := q.Params.TextFilter("email", directory.FieldEmail)
	if err != nil {
		return nil, err
	}
	ids, err := q.Params.IDFilter("id")
	if err != nil {
		return nil, err
	}
	filters = append(filters, ids...)
	emails, given, err := q.Params.List("emails")
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
	or, _, err := q.Params.Bool("filter_or")
	if err != nil {
		return nil, err
	}
	if or && len(filters) > 0 {
		return directory.UsersOr(filters), nil
	}
	return directory.UsersAnd(filters), nil
}
