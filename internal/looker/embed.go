package looker

import (
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A publicUserBody is the vendor's UserPublic.
type publicUserBody struct {
	Can         canMap  `json:"can"`
	ID          string  `json:"id"`
	FirstName   string  `json:"first_name"`
	LastName    string  `json:"last_name"`
	DisplayName *string `json:"display_name"`
	AvatarURL   string  `json:"avatar_url"`
	URL         string  `json:"url"`
}

// createEmbedUser creates a user by the id that an embedding application uses. An existing
// user is the answer, too, because the application asks at each visit.
func createEmbedUser(q *request) error {
	var in struct {
		ExternalUserID httpkit.Optional[httpkit.LooseID] `json:"external_user_id"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	external, err := directory.ParseRequiredName("external_user_id", string(in.ExternalUserID.Value))
	if err != nil {
		return err
	}
	shown, err := q.commitPrepared(func(now Directory) ([]directory.Edit, error) {
		create := directory.CreateUser{Kind: directory.KindPerson}
		_, err := now.UserByIdentifier(q.ctx(), directory.CredentialEmbed, external)
		switch {
		case directory.KindOf(err) == directory.KindNotFound:
			identity := directory.SetIdentity{User: directory.Made[directory.UserID](0), Kind: directory.CredentialEmbed,
				Identifier: external}
			return []directory.Edit{create, identity}, nil
		case err != nil:
			return nil, err
		}
		may, err := now.Can(q.ctx(), create)
		if err == nil && !may[0] {
			err = directory.Forbidden("the permission %s is needed", directory.ManageUsers)
		}
		return nil, err
	})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	u, err := q.dir.UserByIdentifier(q.ctx(), directory.CredentialEmbed, external)
	if err != nil {
		return err
	}
	var public publicUserBody
	err = q.eachUser([]directory.UserDetail{u}, func(b *userBody) {
		public = publicUserBody{Can: b.Can, ID: b.ID, FirstName: b.FirstName, LastName: b.LastName,
			DisplayName: b.DisplayName, AvatarURL: b.AvatarURL, URL: b.URL}
	})
	if err != nil {
		return err
	}
	return q.reply(public)
}

// embedIdentities returns the identities of the user in the path in embedding applications.
func (q *request) embedIdentities() ([]credentialEmbedBody, error) {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return nil, err
	}
	u, err := q.dir.User(q.ctx(), id)
	if err != nil {
		return nil, err
	}
	all := q.identities(&u)
	return all.embed, nil
}

func allEmbedCredentials(q *request) error {
	list, err := q.embedIdentities()
	if err != nil {
		return err
	}
	return q.reply(list)
}

// embedIdentity returns the one in the path.
func (q *request) embedIdentity() (credentialEmbedBody, error) {
	list, err := q.embedIdentities()
	if err != nil {
		return credentialEmbedBody{}, err
	}
	id, err := pathID[directory.CredentialID](q, "credentials_embed_id")
	if err != nil {
		return credentialEmbedBody{}, err
	}
	for _, c := range list {
		if c.ID == directory.FormatID(id) {
			return c, nil
		}
	}
	return credentialEmbedBody{}, directory.NotFound("credentials_embed_id", id)
}

func embedCredential(q *request) error {
	c, err := q.embedIdentity()
	if err != nil {
		return err
	}
	return q.reply(c)
}

func deleteEmbedCredential(q *request) error {
	if _, err := q.embedIdentity(); err != nil {
		return err
	}
	user, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	id, err := pathID[directory.CredentialID](q, "credentials_embed_id")
	if err != nil {
		return err
	}
	return q.done(directory.DeleteCredential{User: user, Credential: id})
}
