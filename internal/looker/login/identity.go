package login

import (
	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// credentialOf returns the credential of a kind of the user in the path, and the user.
func credentialOf(q *protocol.Request, kind directory.CredentialKind) (directory.Credential, directory.UserDetail,
	error) {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return directory.Credential{}, directory.UserDetail{}, err
	}
	u, err := q.Dir.User(q.Context(), id)
	if err != nil {
		return directory.Credential{}, u, err
	}
	c, ok := u.Credential(kind)
	if !ok {
		return c, u, &directory.Error{Kind: directory.KindNotFound, Msg: "the user has no credential of this kind"}
	}
	return c, u, nil
}

// identity returns the handler that shows the user's credential of a kind.
func identity(kind directory.CredentialKind) func(*protocol.Request) error {
	return func(q *protocol.Request) error {
		_, u, err := credentialOf(q, kind)
		if err != nil {
			return err
		}
		all := document.IdentitiesOf(q, &u)
		return q.Reply(all.Of(kind))
	}
}

// deleteIdentity returns the handler that removes the user's credential of a kind.
func deleteIdentity(kind directory.CredentialKind) func(*protocol.Request) error {
	return func(q *protocol.Request) error {
		c, _, err := credentialOf(q, kind)
		if err != nil {
			return err
		}
		return q.Done(directory.DeleteCredential{User: c.User, Credential: c.ID})
	}
}

// createTOTP creates a second factor. No login of this server asks for it.
func createTOTP(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	if q.R.ContentLength != 0 {
		var in struct{}
		if err := q.Body(&in); err != nil {
			return err
		}
	}
	shown, err := q.CommitPrepared(func(now protocol.Directory) ([]directory.Edit, error) {
		u, err := now.User(q.Context(), id)
		if err != nil {
			return nil, err
		}
		edit := directory.SetIdentity{User: id, Kind: directory.CredentialTOTP, Identifier: "user " + directory.FormatID(id)}
		if _, has := u.Credential(directory.CredentialTOTP); has {
			return nil, refuseTwice(q, now, edit)
		}
		return []directory.Edit{edit}, nil
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return identity(directory.CredentialTOTP)(q)
}

// refuseTwice refuses a second credential of a kind, provided that the caller may create one.
func refuseTwice(q *protocol.Request, now protocol.Directory, edit directory.Edit) error {
	may, err := now.Can(q.Context(), edit)
	if err != nil {
		return err
	}
	if !may[0] {
		return directory.Forbidden("you may not change how this user logs in")
	}
	return &directory.Error{Kind: directory.KindConflict, Msg: "the user has a credential of this kind already"}
}
