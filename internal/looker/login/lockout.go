package login

import (
	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// A lockoutBody is the vendor's UserLoginLockout.
type lockoutBody struct {
	Can       document.Can `json:"can"`
	Key       string       `json:"key"`
	AuthType  string       `json:"auth_type"`
	IP        *string      `json:"ip"`
	UserID    *string      `json:"user_id"`
	RemoteID  *string      `json:"remote_id"`
	FullName  *string      `json:"full_name"`
	Email     *string      `json:"email"`
	FailCount int64        `json:"fail_count"`
	LockoutAt string       `json:"lockout_at"`
}

// lockouts returns all lock-outs. Only administrators see them, because they contain
// addresses. A lock-out delays wrong secrets for a client id and address, or for an address; a
// right secret always passes.
func lockouts(q *protocol.Request) ([]lockoutBody, error) {
	if err := requireSettings(q); err != nil {
		return nil, err
	}
	list, err := q.AllSessions().Lockouts(q.Context())
	if err != nil {
		return nil, err
	}
	bodies := make([]lockoutBody, len(list))
	for i, l := range list {
		b := lockoutBody{
			Can: document.Can{"show": true, "destroy": true}, Key: l.Key, AuthType: string(directory.CredentialAPI),
			FailCount: int64(l.Failures), LockoutAt: document.Time(l.At),
		}
		if l.Address != "" {
			b.IP = &l.Address
		}
		if l.ClientID != "" {
			if err := nameLockout(q, &b, l.ClientID); err != nil {
				return nil, err
			}
		}
		bodies[i] = b
	}
	return bodies, nil
}

// nameLockout adds the user of the client id.
func nameLockout(q *protocol.Request, b *lockoutBody, clientID string) error {
	u, err := q.Dir.UserByIdentifier(q.Context(), directory.CredentialAPI, clientID)
	if directory.KindOf(err) == directory.KindNotFound {
		return nil // the user was deleted meanwhile
	}
	if err != nil {
		return err
	}
	id, name, email := directory.FormatID(u.User.ID), u.User.DisplayName(), u.Email()
	b.UserID, b.FullName, b.Email = &id, &name, &email
	return nil
}

func replyLockouts(q *protocol.Request, list []lockoutBody) error {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return protocol.ReplyList(q, list, query.Ordering[lockoutBody]{
		"key":        query.ByText(func(l lockoutBody) string { return l.Key }),
		"auth_type":  query.Alike[lockoutBody],
		"ip":         query.ByText(func(l lockoutBody) string { return text(l.IP) }),
		"user_id":    query.ByText(func(l lockoutBody) string { return text(l.UserID) }),
		"remote_id":  query.Alike[lockoutBody],
		"full_name":  query.ByText(func(l lockoutBody) string { return text(l.FullName) }),
		"email":      query.ByText(func(l lockoutBody) string { return text(l.Email) }),
		"fail_count": query.ByNumber(func(l lockoutBody) int64 { return l.FailCount }),
		"lockout_at": query.ByText(func(l lockoutBody) string { return l.LockoutAt }),
	}, func(_ *protocol.Request, part []lockoutBody) ([]lockoutBody, error) { return part, nil })
}

func allLockouts(q *protocol.Request) error {
	list, err := lockouts(q)
	if err != nil {
		return err
	}
	return replyLockouts(q, list)
}

func searchLockouts(q *protocol.Request) error {
	list, err := lockouts(q)
	if err != nil {
		return err
	}
	s := query.NewSearch[lockoutBody](q.Params)
	s.Text("auth_type", func(l lockoutBody) *string { return &l.AuthType })
	s.Text("full_name", func(l lockoutBody) *string { return l.FullName })
	s.Text("email", func(l lockoutBody) *string { return l.Email })
	s.Text("remote_id", func(l lockoutBody) *string { return l.RemoteID })
	if list, err = s.Filter(list); err != nil {
		return err
	}
	return replyLockouts(q, list)
}

func deleteLockout(q *protocol.Request) error {
	if err := requireSettings(q); err != nil {
		return err
	}
	if err := q.AllSessions().Unlock(q.Context(), q.R.PathValue("key")); err != nil {
		return err
	}
	return q.NoContent()
}
