package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"net/http"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A Config says how long people stay signed in. Zero fields have the values of DefaultConfig.
type Config struct {
	SessionLife time.Duration // at most, whatever the person does
	IdleLife    time.Duration // without a request
	LinkLife    time.Duration // of an unused link
	LinkSession time.Duration // of a session that began with a link
	Links       bool          // whether links can be made
	Now         func() time.Time
	Log         *slog.Logger

	// Providers are the identity providers; with any, the remaining fields are required. Seal
	// and Unseal protect the ID token that signing out at a provider needs; without them it is
	// not stored.
	Providers []Provider
	Directory Directory
	Seal      func([]byte) ([]byte, error)
	Unseal    func([]byte) ([]byte, error)
}

// DefaultConfig returns the defaults: a session ends after 12 hours, or 30 minutes without
// use; a link expires after 10 minutes, and its session after an hour.
func DefaultConfig() Config {
	return Config{
		SessionLife: 12 * time.Hour, IdleLife: 30 * time.Minute, LinkLife: 10 * time.Minute, LinkSession: time.Hour,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
}

// A Service signs people in. It is safe for concurrent use.
type Service struct {
	config    Config
	store     store.Store
	client    *http.Client
	providers []*provider
}

// New returns a service that stores sessions.
func New(st store.Store, config Config) *Service {
	d := DefaultConfig()
	config.SessionLife = cmp.Or(config.SessionLife, d.SessionLife)
	config.IdleLife = cmp.Or(config.IdleLife, d.IdleLife)
	config.LinkLife = cmp.Or(config.LinkLife, d.LinkLife)
	config.LinkSession = cmp.Or(config.LinkSession, d.LinkSession)
	config.Log = cmp.Or(config.Log, d.Log)
	if config.Now == nil {
		config.Now = d.Now
	}
	s := &Service{config: config, store: st, client: newClient()}
	for _, p := range config.Providers {
		s.providers = append(s.providers, &provider{Provider: p, now: config.Now})
	}
	return s
}

func (s *Service) rows() store.SignIns { return s.store.Ephemera() }

func (s *Service) now() directory.Instant { return directory.InstantOf(s.config.Now()) }

func (s *Service) after(d time.Duration) directory.Instant {
	return directory.InstantOf(s.config.Now().Add(d))
}

// secretLen is the length of a secret: two texts of rand.Text, of 26 characters and 130 bits
// each.
const secretLen = 52

func newSecret() string { return rand.Text() + rand.Text() }

func hashOf(secret string) (hash [32]byte, ok bool) {
	return sha256.Sum256([]byte(secret)), len(secret) == secretLen
}

// errSignedOut is the answer to every cookie that is not valid, whatever the reason.
func errSignedOut() error {
	return &directory.Error{Kind: directory.KindUnauthenticated, Msg: "nobody is signed in, or the session has ended"}
}

func sessionOf(row *store.SignIn) directory.SignIn {
	return directory.SignIn{
		ID: int64(binary.BigEndian.Uint64(row.Hash[:])>>1) | 1, User: row.User, Method: row.Method, Agent: row.Agent,
		CreatedAt: row.CreatedAt, ProvedAt: row.ProvedAt, SeenAt: row.SeenAt, ExpiresAt: row.ExpiresAt,
	}
}

// open begins a session and returns the secret for its cookie.
func (s *Service) open(ctx context.Context, row store.SignIn, life time.Duration) (secret string, err error) {
	secret = newSecret()
	row.Hash, _ = hashOf(secret)
	row.CreatedAt, row.SeenAt, row.ExpiresAt = s.now(), s.now(), s.after(life)
	row.Agent = shorten(row.Agent)
	return secret, s.rows().PutSignIn(ctx, row)
}

const maxAgent = 200 // bytes of the user agent

func shorten(agent string) string {
	clean := []byte(agent[:min(len(agent), maxAgent)])
	for i, c := range clean {
		if c < ' ' || c > '~' {
			clean[i] = '?'
		}
	}
	return string(clean)
}

// ended reports whether a session has expired.
func (s *Service) ended(row *store.SignIn) bool {
	now := s.config.Now()
	return row.ExpiresAt <= directory.InstantOf(now) || row.SeenAt <= directory.InstantOf(now.Add(-s.config.IdleLife))
}

// seenEvery is the precision of the last use of a session, so that not every request writes.
const seenEvery = time.Minute

// Authenticate returns the session of a cookie, and records its use. An unknown or ended one
// is directory.KindUnauthenticated. It does not check whether the user is enabled; reads on
// behalf of the user do.
func (s *Service) Authenticate(ctx context.Context, cookie string) (directory.SignIn, error) {
	row, err := s.session(ctx, cookie)
	if err != nil {
		return directory.SignIn{}, err
	}
	if now := s.now(); row.SeenAt <= directory.InstantOf(s.config.Now().Add(-seenEvery)) {
		if err := s.rows().SeeSignIn(ctx, row.Hash, now); err != nil {
			return directory.SignIn{}, err
		}
		row.SeenAt = now
	}
	return sessionOf(&row), nil
}

// Look is Authenticate for a request that the person did not make; it does not count as use.
func (s *Service) Look(ctx context.Context, cookie string) (directory.SignIn, error) {
	row, err := s.session(ctx, cookie)
	return sessionOf(&row), err
}

func (s *Service) session(ctx context.Context, cookie string) (store.SignIn, error) {
	hash, ok := hashOf(cookie)
	if !ok {
		return store.SignIn{}, errSignedOut()
	}
	row, ok, err := s.rows().SignIn(ctx, hash)
	if err != nil {
		return store.SignIn{}, err
	}
	if !ok || s.ended(&row) {
		return store.SignIn{}, errSignedOut()
	}
	if good, err := s.stillGood(ctx, &row); err != nil || good {
		return row, err
	}
	if _, err := s.rows().DeleteSignIn(ctx, row.Hash); err != nil {
		return store.SignIn{}, err
	}
	return store.SignIn{}, errSignedOut()
}

// stillGood reports whether the person could begin the session now: the user is enabled, the
// provider still exists, and the link to it is enabled.
func (s *Service) stillGood(ctx context.Context, row *store.SignIn) (good bool, err error) {
	if user, ok, err := s.user(ctx, row.User); err != nil || !ok || user.Disabled {
		return false, err
	}
	if row.Method == directory.MethodLink {
		return true, nil
	}
	if _, err := s.provider(row.Method); err != nil {
		return false, nil //nolint:nilerr // it was taken out of the settings
	}
	user, _, err := s.find(ctx, directory.CredentialKey(directory.CredentialSSO, row.Method+"/"+row.Subject))
	return user == row.User, err
}

// FreshFor is how long after a sign-in a person may make changes that grant permissions or
// secrets.
const FreshFor = 10 * time.Minute

// IsFresh reports whether the person of a session has signed in recently. With providers, a
// link is no proof, because another person may have created it.
func (s *Service) IsFresh(session directory.SignIn) bool {
	if session.Method == directory.MethodLink && len(s.providers) > 0 {
		return false
	}
	return session.ProvedAt > directory.InstantOf(s.config.Now().Add(-FreshFor))
}

// SignOut ends the session of a cookie. An ended session is no error.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	hash, ok := hashOf(cookie)
	if !ok {
		return nil
	}
	_, err := s.rows().DeleteSignIn(ctx, hash)
	return err
}

// Sessions lists the sessions of a user, or of everybody if user is 0, earliest first. It does
// not check permissions.
func (s *Service) Sessions(ctx context.Context, user directory.UserID) ([]directory.SignIn, error) {
	rows, err := s.rows().SignIns(ctx, user)
	if err != nil {
		return nil, err
	}
	list := []directory.SignIn{}
	for i := range rows {
		if !s.ended(&rows[i]) {
			list = append(list, sessionOf(&rows[i]))
		}
	}
	return list, nil
}

// End ends one session of a user. An unknown session is directory.KindNotFound.
func (s *Service) End(ctx context.Context, user directory.UserID, id int64) error {
	rows, err := s.rows().SignIns(ctx, user)
	if err != nil {
		return err
	}
	for i := range rows {
		if sessionOf(&rows[i]).ID != id {
			continue
		}
		ok, err := s.rows().DeleteSignIn(ctx, rows[i].Hash)
		if err != nil || ok {
			return err
		}
	}
	return directory.NotFound("session", id)
}

// EndAll ends every session of a user and returns their number.
func (s *Service) EndAll(ctx context.Context, user directory.UserID) (n int, err error) {
	rows, err := s.rows().SignIns(ctx, user)
	if err != nil {
		return 0, err
	}
	for i := range rows {
		ok, err := s.rows().DeleteSignIn(ctx, rows[i].Hash)
		if err != nil {
			return n, err
		}
		if ok {
			n++
		}
	}
	return n, nil
}

// Sweep deletes expired rows. It only keeps the tables small; nothing else depends on it.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	return s.rows().SweepSignIns(ctx, s.now())
}
