package console

import (
	"slices"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// An applicationPage is what one user, mostly a service account, logs in with.
type applicationPage struct {
	ID          string
	Credentials []apiCredential
	Replaced    []choice // which of them a new secret can take the place of
	OldFor      []choice
	May         bool
	Form        form
	Access      string // the page about its roles
}

// An apiCredential is a client id.
type apiCredential struct {
	ID, ClientID string
	credentialTimes
	Drafted []part
}

// credentialTimes are when a credential was made and used, and when it ends.
type credentialTimes struct {
	Disabled, Ended              bool
	CreatedAt, UsedAt, ExpiresAt directory.Instant // 0 is not known, or never
}

func (q *request) timesOf(c *directory.Credential, uses directory.CredentialUses) credentialTimes {
	return credentialTimes{
		Disabled: c.Disabled, Ended: c.ExpiresAt != 0 && c.ExpiresAt <= directory.InstantOf(q.Now()),
		CreatedAt: c.CreatedAt, UsedAt: uses[c.ID], ExpiresAt: c.ExpiresAt,
	}
}

func accessApplication(q *request) error {
	id, err := directory.ParseID[directory.UserID]("user", q.r.PathValue("id"))
	if err != nil {
		return directory.NotFound("user", q.r.PathValue("id"))
	}
	u, err := q.dir.WholeUser(q.ctx(), id)
	if err != nil {
		return err
	}
	page := applicationPage{
		ID: directory.FormatID(id), May: q.may(directory.ManageUsers), Form: q.form(),
		Access: link(Root, "users", directory.FormatID(id), "access"), OldFor: oldLives("24h"),
	}
	uses, err := q.lastUses(credentialIDs(u.Credentials)...)
	if err != nil {
		return err
	}
	page.Replaced = append(page.Replaced, choice{"", "none of them", false})
	for _, c := range u.Credentials {
		if c.Kind == directory.CredentialAPI {
			page.Replaced = append(page.Replaced, choice{directory.FormatID(c.ID), c.Identifier, false})
			page.Credentials = append(page.Credentials, apiCredential{
				directory.FormatID(c.ID), c.Identifier, q.timesOf(&c, uses),
				q.draftedAs(draft.KeyOf(directory.UpdateCredential{User: id, Credential: c.ID})),
			})
		}
	}
	f := q.accessFrame("Applications")
	f.Title, f.Kind, f.Path = userName(&u.UserRows), "Application",
		parts(named("Access", link(Root, "access", "applications")))
	if u.User.Kind != directory.KindService {
		f.Kind = "User"
	}
	f.Facts, f.Calls = userFacts(&u, nil), q.callsOfCredentials(id)
	f.Data = page
	return q.show("access_application", f)
}

// editApplication makes another secret at once, or puts what is to happen to a
// credential into the draft.
func editApplication(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	id, err := q.pathUserID()
	if err != nil {
		return directory.NotFound("user", q.r.PathValue("id"))
	}
	if q.typed("do") == "secret" {
		edits, err := q.rotation(id)
		if err != nil {
			return q.refused(err, accessApplication)
		}
		return q.commitSecret(edits, 0, func(directory.Committed) directory.UserID { return id })
	}
	return act(accessApplication, editCredential)(q)
}

// rotation is the edits that make another secret, beside all others or in the place
// of one.
func (q *request) rotation(user directory.UserID) ([]directory.Edit, error) {
	made := directory.CreateAPICredential{User: user}
	if q.typed("old") == "" {
		return []directory.Edit{made}, nil
	}
	id, err := directory.ParseID[directory.CredentialID]("old", q.typed("old"))
	if err != nil {
		return nil, err
	}
	oldFor, err := q.typedLife("old_for")
	if err != nil {
		return nil, err
	}
	u, err := q.live.WholeUser(q.ctx(), user)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(u.Credentials, func(c directory.Credential) bool {
		return c.ID == id && c.Kind == directory.CredentialAPI
	})
	if at < 0 {
		return nil, directory.Invalid("old", "is gone: choose one that is there")
	}
	var until directory.Instant
	if oldFor > 0 {
		until = directory.InstantOf(q.Now().Add(oldFor))
	}
	return directory.Rotation(made, u.Credentials[at], u.Credentials, &until), nil
}

func credentialIDs(list []directory.Credential) []directory.CredentialID {
	ids := make([]directory.CredentialID, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

func editCredential(q *request) ([]directory.Edit, error) {
	user, err := q.pathUserID()
	if err != nil {
		return nil, err
	}
	id, err := directory.ParseID[directory.CredentialID]("credential", q.typed("credential"))
	if err != nil {
		return nil, err
	}
	yes, no := true, false
	switch q.typed("do") {
	case "disable":
		return []directory.Edit{directory.UpdateCredential{User: user, Credential: id, Disabled: &yes}}, nil
	case "enable":
		return []directory.Edit{directory.UpdateCredential{User: user, Credential: id, Disabled: &no}}, nil
	case "delete":
		return []directory.Edit{directory.DeleteCredential{User: user, Credential: id}}, nil
	}
	return nil, directory.Invalid("do", "must be disable, enable or delete")
}
