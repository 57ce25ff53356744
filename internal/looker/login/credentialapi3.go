package login

import (
	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A newCredentialAPI3 is the vendor's CreateCredentialsApi3, the only reply with the
// secret.
type newCredentialAPI3 struct {
	document.CredentialAPI3 `json:",inline"`
	ClientSecret            string `json:"client_secret"`
}

// apiCredentials returns the API credentials of the user in the path.
func apiCredentials(q *protocol.Request) ([]directory.Credential, error) {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return nil, err
	}
	u, err := q.Dir.User(q.Context(), id)
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
func apiCredential(q *protocol.Request) (directory.Credential, error) {
	list, err := apiCredentials(q)
	if err != nil {
		return directory.Credential{}, err
	}
	id, err := protocol.PathID[directory.CredentialID](q, "credentials_api3_id")
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

func allAPICredentials(q *protocol.Request) error {
	list, err := apiCredentials(q)
	if err != nil {
		return err
	}
	bodies := []document.CredentialAPI3{}
	for _, c := range list {
		bodies = append(bodies, document.CredentialAPI3Of(q, c))
	}
	return q.Reply(bodies)
}

func apiCredentialOf(q *protocol.Request) error {
	c, err := apiCredential(q)
	if err != nil {
		return err
	}
	return q.Reply(document.CredentialAPI3Of(q, c))
}

// createAPICredential creates a client id and a secret. The secret is never shown again.
func createAPICredential(q *protocol.Request) error {
	user, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	done, shown, err := q.Commit(directory.CreateAPICredential{User: user})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	made := done.Results[0]
	list, err := apiCredentials(q)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.ID == directory.CredentialID(made.ID) {
			return q.Reply(newCredentialAPI3{document.CredentialAPI3Of(q, c), made.Secret})
		}
	}
	return directory.NotFound("credentials_api3_id", made.ID) // somebody removed it meanwhile
}

func deleteAPICredential(q *protocol.Request) error {
	c, err := apiCredential(q)
	if err != nil {
		return err
	}
	if _, shown, err := q.Commit(directory.DeleteCredential{User: c.User, Credential: c.ID}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return q.NoContent()
}
