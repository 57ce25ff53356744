package document

import (
	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// A CredentialAPI3 is the vendor's CredentialsApi3.
type CredentialAPI3 struct {
	Can        Can    `json:"can"`
	ID         string `json:"id"`
	ClientID   string `json:"client_id"`
	CreatedAt  string `json:"created_at"`
	IsDisabled bool   `json:"is_disabled"`
	Type       string `json:"type"`
	URL        string `json:"url"`
}

// CredentialAPI3Of renders an API credential.
func CredentialAPI3Of(q *protocol.Request, c directory.Credential) CredentialAPI3 {
	id := directory.FormatID(c.ID)
	return CredentialAPI3{
		Can: Can{}, ID: id, ClientID: c.Identifier, CreatedAt: Time(c.CreatedAt), IsDisabled: c.Disabled,
		Type: string(c.Kind), URL: q.URL("users", directory.FormatID(c.User), "credentials_api3", id),
	}
}

// A CredentialEmail is the vendor's CredentialsEmail.
type CredentialEmail struct {
	Can                            Can    `json:"can"`
	CreatedAt                      string `json:"created_at"`
	Email                          string `json:"email"`
	ForcedPasswordResetAtNextLogin bool   `json:"forced_password_reset_at_next_login"`
	UserID                         string `json:"user_id"`
	IsDisabled                     bool   `json:"is_disabled"`
	LoggedInAt                     string `json:"logged_in_at"`
	PasswordResetURL               string `json:"password_reset_url"`
	AccountSetupURL                string `json:"account_setup_url"`
	Type                           string `json:"type"`
	URL                            string `json:"url"`
	UserURL                        string `json:"user_url"`
}

// Time formats a time as the vendor does. The zero time is the empty text.
func Time(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format("2006-01-02T15:04:05.000-07:00")
}

// CredentialEmailOf renders a login e-mail. It is shown as disabled, as the vendor shows one
// without a password, because this server has no passwords. Only callers who may change how
// the user logs in see the URLs.
func CredentialEmailOf(q *protocol.Request, c directory.Credential, f UserFacets, mayReset bool) *CredentialEmail {
	user := directory.FormatID(c.User)
	b := &CredentialEmail{
		Can:       Can{"show_password_reset_url": mayReset},
		CreatedAt: Time(c.CreatedAt), Email: c.Shown, UserID: user, IsDisabled: true, Type: string(c.Kind),
		ForcedPasswordResetAtNextLogin: f.Reset.Holds(f.ResetForAll, c),
		URL:                            q.URL("users", user, "credentials_email"), UserURL: q.URL("users", user),
	}
	if mayReset && f.PasswordResetToken != "" {
		b.PasswordResetURL = q.ServerURL() + "/password/reset/" + f.PasswordResetToken
		b.AccountSetupURL = q.ServerURL() + "/account/setup/" + f.PasswordResetToken
	}
	return b
}

// MayReset reports whether the caller may change how a user logs in.
func MayReset(q *protocol.Request, id directory.UserID) (bool, error) {
	may, err := MayResetEach(q, []directory.UserID{id})
	return err == nil && may[0], err
}

// MayResetEach is MayReset for several users, in their order.
func MayResetEach(q *protocol.Request, ids []directory.UserID) ([]bool, error) {
	var edits []directory.Edit
	for _, id := range ids {
		edits = append(edits, directory.SetLoginEmail{User: id}, directory.CreateAPICredential{User: id})
	}
	answers, err := q.Dir.Can(q.Context(), edits...)
	if err != nil {
		return nil, err
	}
	may := make([]bool, len(ids))
	for i := range may {
		may[i] = answers[2*i] && answers[2*i+1]
	}
	return may, nil
}
