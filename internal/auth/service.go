package auth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"log/slog"
	"time"
	"unicode/utf8"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/seal"
	"cohort/internal/store"
)

// A Config says how long tokens live and when guessing is slowed down.
type Config struct {
	TokenLife       time.Duration
	ClientFailures  int              // wrong secrets for one client id from one address before more are slowed down
	AddressFailures int              // failed logins from one address before more are slowed down
	LockFor         time.Duration    // how long failures are remembered
	Now             func() time.Time // nil is time.Now
	Log             *slog.Logger     // of logins; nil discards

	// CredentialTokens is how many tokens a credential can have at once. One more ends the
	// token that was used longest ago. 0 means no limit.
	CredentialTokens int

	// Memory lets a confirmed token be valid until something is known to have ended it. Nil
	// looks every token up.
	Memory *Memory
	// RememberFor is how long a token is valid after the store went out of reach. 0 means 30
	// seconds.
	RememberFor time.Duration
}

// DefaultConfig gives tokens an hour, and slows wrong logins down after 10 failures with a
// client id at an address or 100 of an address within 15 minutes. One address can stand for
// many callers.
func DefaultConfig() Config {
	return Config{TokenLife: time.Hour, ClientFailures: 10, AddressFailures: 100, LockFor: 15 * time.Minute,
		RememberFor: 30 * time.Second}
}

// A Service logs callers in and authenticates tokens. It is safe for concurrent use.
type Service struct {
	store  store.Store
	config Config
	now    func() time.Time
	logins *admission.Slots // by address
	known  knownTokens
	uses   credentialUses
	feed   feed
}

// New returns a service that stores tokens and failed logins in st. A zero field of config
// means that of DefaultConfig.
func New(st store.Store, config Config) *Service {
	d := DefaultConfig()
	config.TokenLife = cmp.Or(config.TokenLife, d.TokenLife)
	config.ClientFailures = cmp.Or(config.ClientFailures, d.ClientFailures)
	config.AddressFailures = cmp.Or(config.AddressFailures, d.AddressFailures)
	config.LockFor = cmp.Or(config.LockFor, d.LockFor)
	config.RememberFor = cmp.Or(config.RememberFor, d.RememberFor)
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{store: st, config: config, now: config.Now}
	s.logins = admission.NewSlots(admission.SlotsConfig{
		PerKey: loginsPerAddress, Waiting: loginsWaiting, Patience: loginPatience,
		Refusal: "there are too many logins at once from your address; try again",
	})
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

func (s *Service) instant() directory.Instant { return directory.InstantOf(s.now()) }

// Sweep deletes expired tokens, failed logins that no longer count, and uses of credentials
// that are gone. It returns the number of tokens. It only keeps the tables small; nothing
// depends on it.
func (s *Service) Sweep(ctx context.Context) (tokens int64, err error) {
	now := s.now()
	tokens, err = s.store.Ephemera().SweepTokens(ctx, directory.InstantOf(now))
	if err != nil {
		return tokens, err
	}
	_, err = s.store.Ephemera().SweepAttempts(ctx, directory.InstantOf(now.Add(-s.config.LockFor)))
	if err == nil {
		_, err = s.store.Ephemera().SweepCredentialUses(ctx)
	}
	return tokens, err
}

// errBadLogin is the error of every failed login, whatever the reason. It must not tell an
// unknown client id from a wrong secret or a disabled user.
func errBadLogin() error {
	return &directory.Error{Kind: directory.KindNotFound, Msg: "client id or secret is wrong"}
}

const (
	maxClientID = directory.MaxNameLen
	maxSecret   = 1024 // bytes
)

// A candidate is what is known about a client id before its secret is compared.
type candidate struct {
	known      bool // the client id exists
	kind       directory.CredentialKind
	usable     bool // credential and user are enabled, and the credential has not ended
	hash       [32]byte
	expires    directory.Instant // of the credential; 0 is never
	user       directory.UserID
	credential directory.CredentialID
}

// candidate looks a client id up among the credentials of some kinds. An unknown one takes the
// same steps, with ids that do not exist.
func (s *Service) candidate(ctx context.Context, clientID string, kinds ...directory.CredentialKind) (c candidate,
	err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		key := directory.Credential{}.Key()
		for _, kind := range kinds {
			keys, err := r.Find(ctx, directory.CredentialKey(kind, clientID), 1)
			if err != nil {
				return err
			}
			if len(keys) > 0 && !c.known {
				key, c.known, c.kind = keys[0], true, kind
			}
		}
		row, _, err := r.Row(ctx, key)
		if err != nil {
			return err
		}
		credential, _ := row.(directory.Credential)
		hash, hasSecret, err := r.Secret(ctx, credential.ID)
		if err != nil {
			return err
		}
		user, err := enabledUser(ctx, r, credential.User)
		if err != nil {
			return err
		}
		c.hash, c.user, c.credential, c.expires = hash, credential.User, credential.ID, credential.ExpiresAt
		c.usable = c.known && hasSecret && user && credential.Good(s.instant())
		return nil
	})
	return c, err
}

// accepts compares the secret in constant time, even if the answer is no whatever the secret
// is.
func (c *candidate) accepts(secret string) bool {
	given := seal.HashSecret(secret)
	same := subtle.ConstantTimeCompare(given[:], c.hash[:]) == 1
	return same && c.usable
}

// enabledUser reports whether a user exists and is enabled.
func enabledUser(ctx context.Context, r store.Reader, id directory.UserID) (bool, error) {
	row, _, err := r.Row(ctx, directory.User{ID: id}.Key())
	user, ok := row.(directory.User)
	return ok && user.DeletedRev == 0 && !user.Disabled, err
}

// canonical returns the client id to look up and count: itself, byte for byte, because every
// other spelling is unknown. A text that cannot be a client id becomes the empty one, which
// does not exist.
func canonical(clientID string) string {
	if len(clientID) > maxClientID || !utf8.ValidString(clientID) {
		return ""
	}
	for _, c := range []byte(clientID) {
		if c < ' ' {
			return ""
		}
	}
	return clientID
}
