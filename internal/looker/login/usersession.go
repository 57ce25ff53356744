package login

import (
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A userSessionBody is the vendor's Session. Location and browser are not recorded.
type userSessionBody struct {
	Can             document.Can `json:"can"`
	ID              string       `json:"id"`
	IPAddress       *string      `json:"ip_address"`
	Browser         *string      `json:"browser"`
	OperatingSystem *string      `json:"operating_system"`
	City            *string      `json:"city"`
	State           *string      `json:"state"`
	Country         *string      `json:"country"`
	CredentialsType string       `json:"credentials_type"`
	ExtendedAt      *string      `json:"extended_at"`
	ExtendedCount   int64        `json:"extended_count"`
	SudoUserID      *string      `json:"sudo_user_id"`
	CreatedAt       string       `json:"created_at"`
	ExpiresAt       string       `json:"expires_at"`
	URL             string       `json:"url"`
}

// sessionsOf returns the sessions of the user in the path. Everybody may see and end their
// own; those of others need the permission to change how the user logs in.
func sessionsOf(q *protocol.Request) ([]directory.Session, error) {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return nil, err
	}
	if _, err := q.Dir.User(q.Context(), id); err != nil {
		return nil, err
	}
	if id != q.Caller.User {
		may, err := document.MayReset(q, id)
		if err != nil {
			return nil, err
		}
		if !may {
			return nil, directory.Forbidden("you may not change how this user logs in")
		}
	}
	return q.AllSessions().SessionsOf(q.Context(), id)
}

func sessionDocument(q *protocol.Request, s directory.Session) userSessionBody {
	id := strconv.FormatInt(s.ID, 10)
	b := userSessionBody{
		Can: document.Can{"show": true, "destroy": true}, ID: id, CredentialsType: string(directory.CredentialAPI),
		CreatedAt: document.Time(s.CreatedAt), ExpiresAt: document.Time(s.ExpiresAt),
		URL: q.URL("users", directory.FormatID(s.User), "sessions", id),
	}
	if s.Sudoer != 0 {
		sudoer := directory.FormatID(s.Sudoer)
		b.SudoUserID = &sudoer
	}
	return b
}

func allUserSessions(q *protocol.Request) error {
	list, err := sessionsOf(q)
	if err != nil {
		return err
	}
	bodies := make([]userSessionBody, len(list))
	for i, s := range list {
		bodies[i] = sessionDocument(q, s)
	}
	return q.Reply(bodies)
}

// userSession returns the session in the path.
func userSession(q *protocol.Request) (directory.Session, error) {
	list, err := sessionsOf(q)
	if err != nil {
		return directory.Session{}, err
	}
	id := q.R.PathValue("session_id")
	for _, s := range list {
		if strconv.FormatInt(s.ID, 10) == id {
			return s, nil
		}
	}
	return directory.Session{}, &directory.Error{Kind: directory.KindNotFound, Msg: "the user has no such session"}
}

func showUserSession(q *protocol.Request) error {
	s, err := userSession(q)
	if err != nil {
		return err
	}
	return q.Reply(sessionDocument(q, s))
}

func deleteUserSession(q *protocol.Request) error {
	s, err := userSession(q)
	if err != nil {
		return err
	}
	if err := q.AllSessions().EndSession(q.Context(), s.User, s.ID); err != nil {
		return err
	}
	return q.NoContent()
}
