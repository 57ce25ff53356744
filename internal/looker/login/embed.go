package login

import (
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A publicUserBody is the vendor's UserPublic.
type publicUserBody struct {
	Can         document.Can `json:"can"`
	ID          string       `json:"id"`
	FirstName   string       `json:"first_name"`
	LastName    string       `json:"last_name"`
	DisplayName *string      `json:"display_name"`
	AvatarURL   string       `json:"avatar_url"`
	URL         string       `json:"url"`
}

// createEmbedUser creates a user by the id that an embedding application uses. An existing
// user is the answer, too, because the application asks at each visit.
func createEmbedUser(q *protocol.Request) error {
	var in struct {
		ExternalUserID httpkit.Optional[httpkit.LooseID] `json:"external_user_id"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	external, err := directory.ParseRequiredName("external_user_id", string(in.ExternalUserID.Value))
	if err != nil {
		return err
	}
	shown, err := q.CommitPrepared(func(now protocol.Directory) ([]directory.Edit, error) {
		create := directory.CreateUser{Kind: directory.KindPerson}
		_, err := now.UserByIdentifier(q.Context(), directory.CredentialEmbed, external)
		switch {
		case directory.KindOf(err) == directory.KindNotFound:
			identity := directory.SetIdentity{User: directory.Made[directory.UserID](0), Kind: directory.CredentialEmbed,
				Identifier: external}
			return []directory.Edit{create, identity}, nil
		case err != nil:
			return nil, err
		}
		may, err := now.Can(q.Context(), create)
		if err == nil && !may[0] {
			err = directory.Forbidden("the permission %s is needed", directory.ManageUsers)
		}
		return nil, err
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	u, err := q.Dir.UserByIdentifier(q.Context(), directory.CredentialEmbed, external)
	if err != nil {
		return err
	}
	var public publicUserBody
	err = document.EachUser(q, []directory.UserDetail{u}, func(b *document.User) {
		public = publicUserBody{Can: b.Can, ID: b.ID, FirstName: b.FirstName, LastName: b.LastName,
			DisplayName: b.DisplayName, AvatarURL: b.AvatarURL, URL: b.URL}
	})
	if err != nil {
		return err
	}
	return q.Reply(public)
}

// embedIdentities returns the identities of the user in the path in embedding applications.
func embedIdentities(q *protocol.Request) ([]document.CredentialEmbed, error) {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return nil, err
	}
	u, err := q.Dir.User(q.Context(), id)
	if err != nil {
		return nil, err
	}
	all := document.IdentitiesOf(q, &u)
	return all.Embed, nil
}

func allEmbedCredentials(q *protocol.Request) error {
	list, err := embedIdentities(q)
	if err != nil {
		return err
	}
	return q.Reply(list)
}

// embedIdentity returns the one in the path.
func embedIdentity(q *protocol.Request) (document.CredentialEmbed, error) {
	list, err := embedIdentities(q)
	if err != nil {
		return document.CredentialEmbed{}, err
	}
	id, err := protocol.PathID[directory.CredentialID](q, "credentials_embed_id")
	if err != nil {
		return document.CredentialEmbed{}, err
	}
	for _, c := range list {
		if c.ID == directory.FormatID(id) {
			return c, nil
		}
	}
	return document.CredentialEmbed{}, directory.NotFound("credentials_embed_id", id)
}

func embedCredential(q *protocol.Request) error {
	c, err := embedIdentity(q)
	if err != nil {
		return err
	}
	return q.Reply(c)
}

func deleteEmbedCredential(q *protocol.Request) error {
	if _, err := embedIdentity(q); err != nil {
		return err
	}
	user, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	id, err := protocol.PathID[directory.CredentialID](q, "credentials_embed_id")
	if err != nil {
		return err
	}
	return q.Done(directory.DeleteCredential{User: user, Credential: id})
}
