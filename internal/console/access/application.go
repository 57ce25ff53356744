package access

import (
	"slices"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/directory"
)

// An applicationPage lists the API credentials of a user, usually a service account.
type applicationPage struct {
	ID          string
	Credentials []apiCredential
	Replaced    []pagekit.Choice // credentials that a new secret can replace
	OldFor      []pagekit.Choice
	May         bool
	Form        pagekit.Form
	Access      string // the page about its roles
}

// An apiCredential is a row of a client id.
type apiCredential struct {
	ID, ClientID string
	credentialTimes
	Drafted []sentence.Part
}

// credentialTimes say when a credential was created and used, and when it expires.
type credentialTimes struct {
	Disabled, Ended              bool
	CreatedAt, UsedAt, ExpiresAt directory.Instant // 0 means unknown or never
}

func timesOf(q *pagekit.Request, c *directory.Credential, uses directory.CredentialUses) credentialTimes {
	return credentialTimes{
		Disabled: c.Disabled, Ended: c.ExpiresAt != 0 && c.ExpiresAt <= directory.InstantOf(q.Now()),
		CreatedAt: c.CreatedAt, UsedAt: uses[c.ID], ExpiresAt: c.ExpiresAt,
	}
}

func accessApplication(q *pagekit.Request) error {
	id, err := directory.ParseID[directory.UserID]("user", q.R.PathValue("id"))
	if err != nil {
		return directory.NotFound("user", q.R.PathValue("id"))
	}
	u, err := q.Dir.WholeUser(q.Context(), id)
	if err != nil {
		return err
	}
	page := applicationPage{
		ID: directory.FormatID(id), May: q.May(directory.ManageUsers), Form: q.Form(),
		Access: pagekit.Link(pagekit.Root, "users", directory.FormatID(id), "access"), OldFor: oldLives("24h"),
	}
	uses, err := lastUses(q, credentialIDs(u.Credentials)...)
	if err != nil {
		return err
	}
	page.Replaced = append(page.Replaced, pagekit.Choice{Name: "none"})
	for _, c := range u.Credentials {
		if c.Kind == directory.CredentialAPI {
			page.Replaced = append(page.Replaced, pagekit.Choice{ID: directory.FormatID(c.ID), Name: c.Identifier})
			page.Credentials = append(page.Credentials, apiCredential{
				directory.FormatID(c.ID), c.Identifier, timesOf(q, &c, uses),
				drafting.As(q, draft.KeyOf(directory.UpdateCredential{User: id, Credential: c.ID})),
			})
		}
	}
	f := accessFrame(q, "Applications")
	f.Title, f.Kind, f.Path = sentence.UserName(&u.UserRows), "Application",
		sentence.Parts(sentence.Named("Access", pagekit.Link(pagekit.Root, "access", "applications")))
	if u.User.Kind != directory.KindService {
		f.Kind = "User"
	}
	f.Facts, f.Calls = users.Facts(&u, nil), callsOfCredentials(q, id)
	f.Data = page
	return q.Show("access_application", f)
}

// editApplication creates another secret at once, or puts a change of a credential into the
// draft.
func editApplication(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	id, err := q.PathUserID()
	if err != nil {
		return directory.NotFound("user", q.R.PathValue("id"))
	}
	if q.Typed("do") == "secret" {
		edits, err := rotation(q, id)
		if err != nil {
			return drafting.Refused(q, err, accessApplication)
		}
		return commitSecret(q, edits, 0, func(directory.Committed) directory.UserID { return id })
	}
	return drafting.Act(accessApplication, editCredential)(q)
}

// rotation returns the edits that create another secret, in addition to all others or as a
// replacement of one.
func rotation(q *pagekit.Request, user directory.UserID) ([]directory.Edit, error) {
	made := directory.CreateAPICredential{User: user}
	if q.Typed("old") == "" {
		return []directory.Edit{made}, nil
	}
	id, err := directory.ParseID[directory.CredentialID]("old", q.Typed("old"))
	if err != nil {
		return nil, err
	}
	oldFor, err := typedLife(q, "old_for")
	if err != nil {
		return nil, err
	}
	u, err := q.Live.WholeUser(q.Context(), user)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(u.Credentials, func(c directory.Credential) bool {
		return c.ID == id && c.Kind == directory.CredentialAPI
	})
	if at < 0 {
		return nil, directory.Invalid("old", "no longer exists; choose another one")
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

func editCredential(q *pagekit.Request) ([]directory.Edit, error) {
	user, err := q.PathUserID()
	if err != nil {
		return nil, err
	}
	id, err := directory.ParseID[directory.CredentialID]("credential", q.Typed("credential"))
	if err != nil {
		return nil, err
	}
	yes, no := true, false
	switch q.Typed("do") {
	case "disable":
		return []directory.Edit{directory.UpdateCredential{User: user, Credential: id, Disabled: &yes}}, nil
	case "enable":
		return []directory.Edit{directory.UpdateCredential{User: user, Credential: id, Disabled: &no}}, nil
	case "delete":
		return []directory.Edit{directory.DeleteCredential{User: user, Credential: id}}, nil
	}
	return nil, directory.Invalid("do", "must be disable, enable or delete")
}

// callsOfCredentials returns the calls for the credentials of a user.
func callsOfCredentials(q *pagekit.Request, id directory.UserID) []pagekit.Call {
	user := directory.FormatID(id)
	return q.Calls().CLI("credential", "list", user).Native("users/" + user + "/credentials").
		Looker("users/" + user + "/credentials_api3").List
}
