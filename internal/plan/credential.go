package plan

import (
	"cmp"
	"crypto/sha256"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func (p *Planner) setLoginEmail(e directory.SetLoginEmail) (directory.Result, error) {
	rows, err := p.User(e.User)
	if err != nil {
		return directory.Result{}, err
	}
	if rows.User.Kind == directory.KindService {
		return directory.Result{}, directory.Invalid("email", "cannot be set: a service account has no login e-mail")
	}
	email, err := directory.ParseEmail("email", e.Email)
	if err != nil {
		return directory.Result{}, err
	}
	c, exists := rows.Credential(directory.CredentialEmail)
	if exists && e.New {
		return directory.Result{}, directory.Taken("email", "is set already; change it instead")
	}
	if !exists {
		id, err := take(&p.Head.Next.Credential, "credential")
		if err != nil {
			return directory.Result{}, err
		}
		c = directory.Credential{ID: id, User: e.User, Kind: directory.CredentialEmail, CreatedAt: p.At}
	}
	c.Identifier, c.Shown = directory.Fold(email), email
	if err := p.requireFree(c, "email"); err != nil {
		return directory.Result{}, err
	}
	return directory.Result{ID: int64(c.ID), Made: !exists}, p.Put(c)
}

func (p *Planner) requireFree(c directory.Credential, field string) error {
	_, taken, err := p.Find(directory.CredentialKey(c.Kind, c.Identifier), c.Key())
	if err == nil && taken {
		err = directory.Taken(field, "belongs to another user")
	}
	return err
}

// Lengths of client ids and secrets that a client may choose, in characters.
const (
	minClientID, maxClientID = 1, 100
	minSecret, maxSecret     = 20, 200
)

func (p *Planner) createAPICredential(e directory.CreateAPICredential) (directory.Result, error) {
	rows, err := p.User(e.User)
	if err != nil {
		return directory.Result{}, err
	}
	kind := cmp.Or(e.Kind, directory.CredentialAPI)
	if kind != directory.CredentialAPI && kind != directory.CredentialSCIM {
		return directory.Result{}, directory.Invalid("kind", "must be api3 or scim")
	}
	if kind == directory.CredentialSCIM && rows.User.Kind != directory.KindService {
		return directory.Result{}, directory.Invalid("kind",
			"must be api3: only a service account can be an identity provider")
	}
	if err := p.requireLater(e.ExpiresAt); err != nil {
		return directory.Result{}, err
	}
	clientID, err := p.env.chosenOrRandom("client_id", e.ClientID, minClientID, maxClientID, NewClientID)
	if err != nil {
		return directory.Result{}, err
	}
	secret, err := p.env.chosenOrRandom("client_secret", e.Secret, minSecret, maxSecret, newSecret)
	if err != nil {
		return directory.Result{}, err
	}
	id, err := take(&p.Head.Next.Credential, "credential")
	if err != nil {
		return directory.Result{}, err
	}
	c := directory.Credential{
		ID: id, User: e.User, Kind: kind, Identifier: clientID, Shown: clientID, CreatedAt: p.At,
		ExpiresAt: e.ExpiresAt,
	}
	if err := p.requireFree(c, "client_id"); err != nil {
		return directory.Result{}, err
	}
	p.Secrets = append(p.Secrets, store.Secret{Credential: id, Hash: sha256.Sum256([]byte(secret))})
	return directory.Result{ID: int64(id), Made: true, ClientID: clientID, Secret: secret}, p.Put(c)
}

func (p *Planner) credential(user directory.UserID, id directory.CredentialID) (directory.Credential, error) {
	rows, err := p.User(user)
	if err != nil {
		return directory.Credential{}, err
	}
	for _, c := range rows.Credentials {
		if c.ID == id {
			return c, nil
		}
	}
	return directory.Credential{}, directory.NotFound("credential", id)
}

func (p *Planner) updateCredential(e directory.UpdateCredential) error {
	c, err := p.credential(e.User, e.Credential)
	if err != nil {
		return err
	}
	if e.Disabled != nil && *e.Disabled && !c.Disabled {
		p.revokeKeys = append(p.revokeKeys, c.ID)
	}
	set(&c.Disabled, e.Disabled)
	if e.ExpiresAt != nil {
		if c.Kind != directory.CredentialAPI && c.Kind != directory.CredentialSCIM {
			return directory.Invalid("expires_at", "must be absent: only a client id and secret can end")
		}
		if err := p.requireLater(*e.ExpiresAt); err != nil {
			return err
		}
		c.ExpiresAt = *e.ExpiresAt
	}
	return p.Put(c)
}

// requireLater refuses an end that has passed; 0 is no end.
func (p *Planner) requireLater(end directory.Instant) error {
	if end != 0 && end <= p.At {
		return directory.Invalid("expires_at", "must be later than now")
	}
	return nil
}

func (p *Planner) deleteCredential(e directory.DeleteCredential) error {
	c, err := p.credential(e.User, e.Credential)
	if err != nil {
		return err
	}
	return p.dropCredential(c)
}

// dropCredential removes a credential, its secret and the tokens made with it.
func (p *Planner) dropCredential(c directory.Credential) error {
	p.removeSecrets = append(p.removeSecrets, c.ID)
	p.revokeKeys = append(p.revokeKeys, c.ID)
	return p.Remove(c.Key())
}
