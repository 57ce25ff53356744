package looker

import (
	"cohort/internal/directory"
)

// A credentialAPI3Body is the vendor's CredentialsApi3.
type credentialAPI3Body struct {
	Can        canMap `json:"can"`
	ID         string `json:"id"`
	ClientID   string `json:"client_id"`
	CreatedAt  string `json:"created_at"`
	IsDisabled bool   `json:"is_disabled"`
	Type       string `json:"type"`
	URL        string `json:"url"`
}

// A newCredentialAPI3Body is the vendor's CreateCredentialsApi3, the only reply with the
// secret.
type newCredentialAPI3Body struct {
	credentialAPI3Body `json:",inline"`
	ClientSecret       string `json:"client_secret"`
}

func (q *request) credentialAPI3Body(c directory.Credential) credentialAPI3Body {
	id := directory.FormatID(c.ID)
	return credentialAPI3Body{
		Can: canMap{}, ID: id, ClientID: c.Identifier, CreatedAt: vendorTime(c.CreatedAt), IsDisabled: c.Disabled,
		Type: string(c.Kind), URL: q.url("users", directory.FormatID(c.User), "credentials_api3", id),
	}
}

// apiCredentials returns the API credentials of the user in the path.
func (q *request) apiCredentials() ([]directory.Credential, error) {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return nil, err
	}
	u, err := q.dir.User(q.ctx(), id)
	if err != nil {
		return nil, err
	}
	var list []directory.Credential
	for _, c := range u.Credentials {
		if c.Kind == directory.CredentialAPI {
			list = append(list, c)
		}
	}
	return list, nil
}

// apiCredential returns the API credential in the path.
func (q *request) apiCredential() (directory.Credential, error) {
	list, err := q.apiCredentials()
	if err != nil {
		return directory.Credential{}, err
	}
	id, err := pathID[directory.CredentialID](q, "credentials_api3_id")
	if err != nil {
		return directory.Credential{}, err
	}
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
	}
	return directory.Credential{}, directory.NotFound("credentials_api3_id", id)
}

func allAPICredentials(q *request) error {
	list, err := q.apiCredentials()
	if err != nil {
		return err
	}
	bodies := []credentialAPI3Body{}
	for _, c := range list {
		bodies = append(bodies, q.credentialAPI3Body(c))
	}
	return q.reply(bodies)
}

func apiCredentialOf(q *request) error {
	c, err := q.apiCredential()
	if err != nil {
		return err
	}
	return q.reply(q.credentialAPI3Body(c))
}

// createAPICredential creates a client id and a secret. The secret is never shown again.
func createAPICredential(q *request) error {
	user, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	done, shown, err := q.commit(directory.CreateAPICredential{User: user})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	made := done.Results[0]
	list, err := q.apiCredentials()
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.ID == directory.CredentialID(made.ID) {
			return q.reply(newCredentialAPI3Body{q.credentialAPI3Body(c), made.Secret})
		}
	}
	return directory.NotFound("credentials_api3_id", made.ID) // somebody removed it meanwhile
}

func deleteAPICredential(q *request) error {
	c, err := q.apiCredential()
	if err != nil {
		return err
	}
	if _, shown, err := q.commit(directory.DeleteCredential{User: c.User, Credential: c.ID}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.noContent()
}
