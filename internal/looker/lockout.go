package looker

import (
	"cohort/internal/directory"
)

// A lockoutBody is the vendor's UserLoginLockout.
type lockoutBody struct {
	Can       canMap  `json:"can"`
	Key       string  `json:"key"`
	AuthType  string  `json:"auth_type"`
	IP        *string `json:"ip"`
	UserID    *string `json:"user_id"`
	RemoteID  *string `json:"remote_id"`
	FullName  *string `json:"full_name"`
	Email     *string `json:"email"`
	FailCount int64   `json:"fail_count"`
	LockoutAt string  `json:"lockout_at"`
}

// lockouts returns all lock-outs. Only administrators see them, because they contain
// addresses. A lock-out delays wrong secrets for a client id and address, or for an address; a
// right secret always passes.
func (q *request) lockouts() ([]lockoutBody, error) {
	if err := q.requireSettings(); err != nil {
		return nil, err
	}
	list, err := q.sessions().Lockouts(q.ctx())
	if err != nil {
		return nil, err
	}
	bodies := make([]lockoutBody, len(list))
	for i, l := range list {
		b := lockoutBody{
			Can: canMap{"show": true, "destroy": true}, Key: l.Key, AuthType: string(directory.CredentialAPI),
			FailCount: int64(l.Failures), LockoutAt: vendorTime(l.At),
		}
		if l.Address != "" {
			b.IP = &l.Address
		}
		if l.ClientID != "" {
			if err := q.nameLockout(&b, l.ClientID); err != nil {
				return nil, err
			}
		}
		bodies[i] = b
	}
	return bodies, nil
}

// nameLockout adds the user of the client id.
func (q *request) nameLockout(b *lockoutBody, clientID string) error {
	u, err := q.dir.UserByIdentifier(q.ctx(), directory.CredentialAPI, clientID)
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

func (q *request) replyLockouts(list []lockoutBody) error {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return replyList(q, list, ordering[lockoutBody]{
		"key":        byText(func(l lockoutBody) string { return l.Key }),
		"auth_type":  alike[lockoutBody],
		"ip":         byText(func(l lockoutBody) string { return text(l.IP) }),
		"user_id":    byText(func(l lockoutBody) string { return text(l.UserID) }),
		"remote_id":  alike[lockoutBody],
		"full_name":  byText(func(l lockoutBody) string { return text(l.FullName) }),
		"email":      byText(func(l lockoutBody) string { return text(l.Email) }),
		"fail_count": byNumber(func(l lockoutBody) int64 { return l.FailCount }),
		"lockout_at": byText(func(l lockoutBody) string { return l.LockoutAt }),
	}, func(_ *request, part []lockoutBody) ([]lockoutBody, error) { return part, nil })
}

func allLockouts(q *request) error {
	list, err := q.lockouts()
	if err != nil {
		return err
	}
	return q.replyLockouts(list)
}

func searchLockouts(q *request) error {
	list, err := q.lockouts()
	if err != nil {
		return err
	}
	s := newSearch[lockoutBody](q.params)
	s.text("auth_type", func(l lockoutBody) *string { return &l.AuthType })
	s.text("full_name", func(l lockoutBody) *string { return l.FullName })
	s.text("email", func(l lockoutBody) *string { return l.Email })
	s.text("remote_id", func(l lockoutBody) *string { return l.RemoteID })
	if list, err = s.filter(list); err != nil {
		return err
	}
	return q.replyLockouts(list)
}

func deleteLockout(q *request) error {
	if err := q.requireSettings(); err != nil {
		return err
	}
	if err := q.sessions().Unlock(q.ctx(), q.r.PathValue("key")); err != nil {
		return err
	}
	return q.noContent()
}
