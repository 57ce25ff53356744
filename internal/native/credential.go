package native

import (
	"slices"
	"time"

	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// A credentialBody is a credential in replies, which never contain its secret.
type credentialBody struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	Identifier string `json:"identifier"`
	Disabled   bool   `json:"disabled"`
	CreatedAt  string `json:"created_at"`
	ExpiresAt  string `json:"expires_at,omitzero"`
	UsedAt     string `json:"used_at,omitzero"`
}

func (a *api) credentials(q *request) error {
	u, err := q.userAnd()
	if err != nil {
		return err
	}
	ids := make([]directory.CredentialID, len(u.Credentials))
	for i, c := range u.Credentials {
		ids[i] = c.ID
	}
	uses, err := a.Sessions.LastUses(q.ctx(), ids...)
	if err != nil {
		return err
	}
	list := []credentialBody{}
	for _, c := range u.Credentials {
		shown := c.Shown
		if shown == "" {
			shown = c.Identifier
		}
		list = append(list, credentialBody{directory.FormatID(c.ID), string(c.Kind), shown, c.Disabled,
			render.Time(c.CreatedAt), timeOrNone(c.ExpiresAt), timeOrNone(uses[c.ID])})
	}
	return q.reply(200, map[string]any{"credentials": list})
}

// createCredential creates a client id and secret, or sets the login e-mail.
func (a *api) createCredential(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	var in struct {
		Kind     string `json:"kind"`
		Email    string `json:"email"`
		ClientID string `json:"client_id"`
		Secret   string `json:"client_secret"`
		Expires  string `json:"expires_at"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	var expires directory.Instant
	if in.Expires != "" {
		if expires, err = editjson.Time("expires_at", in.Expires); err != nil {
			return err
		}
	}
	var edit directory.Edit
	switch directory.CredentialKind(in.Kind) {
	case directory.CredentialAPI:
		edit = directory.CreateAPICredential{User: id, ClientID: in.ClientID, Secret: in.Secret, ExpiresAt: expires}
	case directory.CredentialEmail:
		edit = directory.SetLoginEmail{User: id, Email: in.Email, New: true}
	default:
		return directory.Invalid("kind", "must be api3 or email")
	}
	return q.write(write{
		change: directory.Change{Edits: []directory.Edit{edit}}, made: "/v1/users/" + directory.FormatID(id) + "/credentials",
	})
}

func (q *request) pathCredential() (directory.UserID, directory.CredentialID, error) {
	user, err := q.pathUser()
	if err != nil {
		return 0, 0, err
	}
	id, err := selectID[directory.CredentialID]("credential", q.r.PathValue("credential"), "a positive whole number")
	return user, id, err
}

func (a *api) updateCredential(q *request) error {
	user, id, err := q.pathCredential()
	if err != nil {
		return err
	}
	var in struct {
		Disabled httpkit.Optional[bool]   `json:"disabled"`
		Expires  httpkit.Optional[string] `json:"expires_at"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	edit := directory.UpdateCredential{User: user, Credential: id, Disabled: in.Disabled.Ptr()}
	switch {
	case in.Expires.Has():
		at, err := editjson.Time("expires_at", in.Expires.Value)
		if err != nil {
			return err
		}
		edit.ExpiresAt = &at
	case in.Expires.Null:
		edit.ExpiresAt = new(directory.Instant(0))
	}
	return q.edit(nil, edit)
}

// rotateCredential creates another client id and secret beside an old one, which ends as the
// body says.
func (a *api) rotateCredential(q *request) error {
	user, id, err := q.pathCredential()
	if err != nil {
		return err
	}
	var in struct {
		OldSeconds *int64 `json:"old_valid_for_seconds"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	var until *directory.Instant
	if in.OldSeconds != nil {
		oldFor, err := lifeOf("old_valid_for_seconds", *in.OldSeconds)
		if err != nil {
			return err
		}
		until = new(directory.Instant(0))
		if oldFor > 0 {
			until = new(directory.InstantOf(q.Now().Add(oldFor)))
		}
	}
	u, err := q.dir.WholeUser(q.ctx(), user)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(u.Credentials, func(c directory.Credential) bool { return c.ID == id })
	if at < 0 {
		return directory.NotFound("credential", id)
	}
	old := u.Credentials[at]
	if old.Kind != directory.CredentialAPI {
		return directory.Invalid("credential", "is no client id and secret, so there is nothing to rotate")
	}
	return q.write(write{
		change: directory.Change{Edits: directory.Rotation(directory.CreateAPICredential{User: user}, old, u.Credentials,
			until)},
		made: "/v1/users/" + directory.FormatID(user) + "/credentials",
	})
}

// maxLife is the longest life of something that ends.
const maxLife = 10 * 365 * 24 * time.Hour

// lifeOf checks and converts a number of seconds.
func lifeOf(field string, seconds int64) (time.Duration, error) {
	if most := int64(maxLife / time.Second); seconds < 0 || seconds > most {
		return 0, directory.Invalid(field, "must be between 0 and %d", most)
	}
	return time.Duration(seconds) * time.Second, nil
}

func (a *api) deleteCredential(q *request) error {
	user, id, err := q.pathCredential()
	if err != nil {
		return err
	}
	return q.edit(nil, directory.DeleteCredential{User: user, Credential: id})
}
