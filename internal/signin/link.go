package signin

import (
	"context"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// MaxLinkLife limits how long a link is valid.
const MaxLinkLife = 24 * time.Hour

// MakeLink creates a link for a person, and replaces an earlier one. It does not check
// permissions. A life of 0 is the default. A link is a security event, and no change of the
// directory.
func (s *Service) MakeLink(ctx context.Context, maker, user directory.UserID,
	life time.Duration) (directory.SignInLink, error) {
	if !s.config.Links {
		return directory.SignInLink{},
			directory.Forbidden("sign-in links are switched off; start the server with --sign-in-links=on")
	}
	if life == 0 {
		life = s.config.LinkLife
	}
	if life < time.Minute || life > MaxLinkLife {
		return directory.SignInLink{}, directory.Invalid("for", "must be between 1 minute and %d hours",
			int(MaxLinkLife.Hours()))
	}
	if err := s.mayHaveLink(ctx, user); err != nil {
		return directory.SignInLink{}, err
	}
	secret := newSecret()
	hash, _ := hashOf(secret)
	row := store.SignInLink{Hash: hash, User: user, MadeBy: maker, CreatedAt: s.now(), ExpiresAt: s.after(life)}
	if err := s.rows().PutSignInLink(ctx, row); err != nil {
		return directory.SignInLink{}, err
	}
	s.config.Log.Info("sign-in link made", "user", int64(user), "by", int64(maker), "expires_at", row.ExpiresAt.Time())
	return directory.SignInLink{Secret: secret, User: user, ExpiresAt: row.ExpiresAt}, nil
}

func (s *Service) mayHaveLink(ctx context.Context, id directory.UserID) error {
	u, ok, err := s.user(ctx, id)
	switch {
	case err != nil:
		return err
	case !ok:
		return directory.NotFound("user", id)
	case u.Kind == directory.KindService:
		return directory.Invalid("user", "is a service account; only people sign in")
	case u.Disabled:
		return directory.Invalid("user", "is disabled; enable it first")
	}
	return nil
}

// errLink is the answer to every link that is not valid, whatever the reason.
func errLink() error {
	return &directory.Error{
		Kind: directory.KindUnauthenticated,
		Msg:  "this link was used before, is too old, or was replaced by another; make a new one with cohort sign-in-link",
	}
}

// UseLink begins a session with a link, which is used up by that, and returns the secret for
// the cookie.
func (s *Service) UseLink(ctx context.Context, secret, agent string) (cookie string, err error) {
	hash, ok := hashOf(secret)
	if !ok {
		return "", errLink()
	}
	link, ok, err := s.rows().TakeSignInLink(ctx, hash)
	if err != nil {
		return "", err
	}
	if !ok || link.ExpiresAt <= s.now() {
		return "", errLink()
	}
	if err := s.mayHaveLink(ctx, link.User); err != nil {
		if directory.KindOf(err) == directory.KindInternal {
			return "", err
		}
		return "", errLink()
	}
	row := store.SignIn{User: link.User, Method: directory.MethodLink, Agent: agent, ProvedAt: s.now()}
	cookie, err = s.open(ctx, row, min(s.config.LinkSession, s.config.SessionLife))
	if err == nil {
		s.config.Log.Info("sign-in link used", "user", int64(link.User))
	}
	return cookie, err
}

// user returns an existing user.
func (s *Service) user(ctx context.Context, id directory.UserID) (u directory.User, ok bool, err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		row, _, err := r.Row(ctx, directory.User{ID: id}.Key())
		u, ok = row.(directory.User)
		ok = ok && u.DeletedRev == 0
		return err
	})
	return u, ok, err
}
