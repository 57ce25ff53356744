package looker

import (
	"strconv"

	"cohort/internal/directory"
)

// A userSessionBody is the vendor's Session. Location and browser are not recorded.
type userSessionBody struct {
	Can             canMap  `json:"can"`
	ID              string  `json:"id"`
	IPAddress       *string `json:"ip_address"`
	Browser         *string `json:"browser"`
	OperatingSystem *string `json:"operating_system"`
	City            *string `json:"city"`
	State           *string `json:"state"`
	Country         *string `json:"country"`
	CredentialsType string  `json:"credentials_type"`
	ExtendedAt      *string `json:"extended_at"`
	ExtendedCount   int64   `json:"extended_count"`
	SudoUserID      *string `json:"sudo_user_id"`
	CreatedAt       string  `json:"created_at"`
	ExpiresAt       string  `json:"expires_at"`
	URL             string  `json:"url"`
}

// sessionsOf returns the sessions of the user in the path. Everybody may see and end their
// own; those of others need the permission to change how the user logs in.
func (q *request) sessionsOf() ([]directory.Session, error) {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return nil, err
	}
	if _, err := q.dir.User(q.ctx(), id); err != nil {
		return nil, err
	}
	if id != q.caller.User {
		may, err := q.mayReset(id)
		if err != nil {
			return nil, err
		}
		if !may {
			return nil, directory.Forbidden("you may not change how this user logs in")
		}
	}
	return q.sessions().SessionsOf(q.ctx(), id)
}

func (q *request) userSessionBody(s directory.Session) userSessionBody {
	id := strconv.FormatInt(s.ID, 10)
	b := userSessionBody{
		Can: canMap{"show": true, "destroy": true}, ID: id, CredentialsType: string(directory.CredentialAPI),
		CreatedAt: vendorTime(s.CreatedAt), ExpiresAt: vendorTime(s.ExpiresAt),
		URL: q.url("users", directory.FormatID(s.User), "sessions", id),
	}
	if s.Sudoer != 0 {
		sudoer := directory.FormatID(s.Sudoer)
		b.SudoUserID = &sudoer
	}
	return b
}

func allUserSessions(q *request) error {
	list, err := q.sessionsOf()
	if err != nil {
		return err
	}
	bodies := make([]userSessionBody, len(list))
	for i, s := range list {
		bodies[i] = q.userSessionBody(s)
	}
	return q.reply(bodies)
}

// userSession returns the session in the path.
func (q *request) userSession() (directory.Session, error) {
	list, err := q.sessionsOf()
	if err != nil {
		return directory.Session{}, err
	}
	id := q.r.PathValue("session_id")
	for _, s := range list {
		if strconv.FormatInt(s.ID, 10) == id {
			return s, nil
		}
	}
	return directory.Session{}, &directory.Error{Kind: directory.KindNotFound, Msg: "the user has no such session"}
}

func showUserSession(q *request) error {
	s, err := q.userSession()
	if err != nil {
		return err
	}
	return q.reply(q.userSessionBody(s))
}

func deleteUserSession(q *request) error {
	s, err := q.userSession()
	if err != nil {
		return err
	}
	if err := q.sessions().EndSession(q.ctx(), s.User, s.ID); err != nil {
		return err
	}
	return q.noContent()
}
