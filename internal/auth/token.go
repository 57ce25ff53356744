package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A token consists of this prefix, by which people and scanners recognize it, and 256 random
// bits with a checksum, which reveals most typing errors without asking the store. Only the
// SHA-256 of the whole text is stored: with so many random bits a slow hash would protect
// nothing more.
const (
	tokenPrefix = "cohort_"
	tokenRandom = 32
	tokenSum    = 4
)

// DefaultWorkspace is the workspace of a new session.
const DefaultWorkspace = "production"

func newTokenText() string {
	b := make([]byte, tokenRandom, tokenRandom+tokenSum)
	rand.Read(b) // never fails: it ends the program instead
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// hashToken returns the hash under which a token is stored. ok is false if the text cannot be
// a token. Every character counts: 36 bytes are 48 characters with no bit to spare.
func hashToken(text string) (hash [32]byte, ok bool) {
	encoded, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(encoded) != base64.RawURLEncoding.EncodedLen(tokenRandom+tokenSum) {
		return hash, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(b) != tokenRandom+tokenSum ||
		binary.BigEndian.Uint32(b[tokenRandom:]) != crc32.ChecksumIEEE(b[:tokenRandom]) {
		return hash, false
	}
	return sha256.Sum256([]byte(text)), true
}

// errNoToken is the error of every invalid token, whatever the reason.
func errNoToken() error {
	return &directory.Error{Kind: directory.KindUnauthenticated, Msg: "the token is unknown, expired or revoked"}
}

// issue stores a token like t with new times. If t has an expiry, it is the latest possible
// one.
func (s *Service) issue(ctx context.Context, text string, t store.Token) (directory.AccessToken, error) {
	t.Hash = sha256.Sum256([]byte(text))
	t.Workspace = DefaultWorkspace
	now := s.now()
	t.CreatedAt = directory.InstantOf(now)
	t.UsedAt = t.CreatedAt
	if expires := directory.InstantOf(now.Add(s.config.TokenLife)); t.ExpiresAt == 0 || t.ExpiresAt > expires {
		t.ExpiresAt = expires
	}
	limit := store.TokenLimit{Most: s.config.CredentialTokens, Now: t.CreatedAt}
	if limit.Most > 0 {
		limit.Uses = s.known.usesOf(t.Credential)
	}
	ended, err := s.store.Ephemera().PutToken(ctx, t, limit)
	if err != nil {
		return directory.AccessToken{}, err
	}
	if len(ended) > 0 {
		s.known.end(ended...)
		s.config.Log.LogAttrs(ctx, slog.LevelWarn,
			"a credential has too many tokens: those end that were used the longest ago", slog.String("event", "tokens_ended"),
			slog.Int64("user", int64(t.User)), slog.Int64("credential", int64(t.Credential)),
			slog.Int("ended", len(ended)), slog.Int("limit", limit.Most))
	}
	return directory.AccessToken{Text: text, ExpiresAt: t.ExpiresAt}, nil
}

// Sudo creates a token that lets the owner of another act as a user. It ends with the other
// token at the latest, and cannot create further tokens. Sudo does not check whether the owner
// may act as the user. A missing or disabled user is not found.
func (s *Service) Sudo(ctx context.Context, token string, user directory.UserID) (directory.AccessToken, error) {
	parent, err := s.token(ctx, token)
	if err != nil {
		return directory.AccessToken{}, err
	}
	if parent.Sudoer != 0 {
		return directory.AccessToken{}, directory.Forbidden("a token that acts as another user makes no other")
	}
	var enabled bool
	err = s.store.Read(ctx, func(r store.Reader) (err error) {
		enabled, err = enabledUser(ctx, r, user)
		return err
	})
	if err != nil {
		return directory.AccessToken{}, err
	}
	if !enabled {
		return directory.AccessToken{}, directory.NotFound("user", user)
	}
	made, err := s.issue(ctx, newTokenText(), store.Token{
		User: user, Credential: parent.Credential, Sudoer: parent.User, Parent: parent.Hash, ExpiresAt: parent.ExpiresAt,
	})
	if err == nil {
		s.config.Log.LogAttrs(ctx, slog.LevelWarn, "a user acts as another", slog.String("event", "sudo"),
			slog.Int64("user", int64(user)), slog.Int64("sudoer", int64(parent.User)),
			slog.Int64("credential", int64(parent.Credential)))
	}
	return made, err
}

// Authenticate returns the caller of a token. It fails with directory.KindUnauthenticated if
// the token is unknown or expired, or if the user, the user behind a sudo, or the credential
// is disabled or gone. It leaves Dialect and RequestID of the caller empty.
func (s *Service) Authenticate(ctx context.Context, token string) (directory.Caller, error) {
	hash, ok := hashToken(token)
	if !ok {
		return directory.Caller{}, errNoToken()
	}
	t, err := s.cachedToken(ctx, hash, func(ctx context.Context) (store.Token, error) { return s.look(ctx, hash) })
	if err == nil && s.expired(&t) {
		err = errNoToken()
	}
	if err != nil {
		return directory.Caller{}, err
	}
	return callerOf(&t), nil
}

func callerOf(t *store.Token) directory.Caller {
	return directory.Caller{User: t.User, Credential: t.Credential, Sudoer: t.Sudoer}
}

// look finds a token in the store and checks everything that it depends on. If that fails, the
// token is zero.
func (s *Service) look(ctx context.Context, hash [32]byte) (store.Token, error) {
	t, err := s.stored(ctx, hash)
	if err != nil {
		return store.Token{}, err
	}
	var good bool
	err = s.store.Read(ctx, func(r store.Reader) (err error) {
		good, err = stillGood(ctx, r, &t, s.instant())
		return err
	})
	switch {
	case err != nil:
		return store.Token{}, err
	case !good:
		return store.Token{}, errNoToken()
	}
	return t, nil
}

func (s *Service) expired(t *store.Token) bool { return t.ExpiresAt <= s.instant() }

// token returns the token of a text if it has not expired.
func (s *Service) token(ctx context.Context, text string) (store.Token, error) {
	hash, ok := hashToken(text)
	if !ok {
		return store.Token{}, errNoToken()
	}
	return s.stored(ctx, hash)
}

// stored returns the token of a hash if it has not expired.
func (s *Service) stored(ctx context.Context, hash [32]byte) (store.Token, error) {
	t, ok, err := s.store.Ephemera().Token(ctx, hash)
	switch {
	case err != nil:
		return store.Token{}, err
	case !ok || s.expired(&t):
		return store.Token{}, errNoToken()
	}
	return t, nil
}

// stillGood reports whether the current rows that a token depends on let it be valid. The
// token ends with its credential.
func stillGood(ctx context.Context, r store.Reader, t *store.Token, now directory.Instant) (bool, error) {
	row, _, err := r.Row(ctx, directory.Credential{ID: t.Credential}.Key())
	if err != nil {
		return false, err
	}
	credential, ok := row.(directory.Credential)
	loggedIn := cmp.Or(t.Sudoer, t.User)
	if !ok || !credential.Good(now) || credential.User != loggedIn {
		return false, nil
	}
	if credential.ExpiresAt != 0 {
		t.ExpiresAt = min(t.ExpiresAt, credential.ExpiresAt)
	}
	if good, err := enabledUser(ctx, r, loggedIn); err != nil || !good || t.Sudoer == 0 {
		return good, err
	}
	return enabledUser(ctx, r, t.User)
}

// Logout revokes the token and those that were made from it. An invalid token is
// directory.KindUnauthenticated.
func (s *Service) Logout(ctx context.Context, token string) error {
	hash, ok := hashToken(token)
	if !ok {
		return errNoToken()
	}
	ok, err := s.store.Ephemera().DeleteToken(ctx, hash)
	s.known.end(hash) // even after an error, when the fate of the token is unknown
	if err == nil && !ok {
		err = errNoToken()
	}
	return err
}

// Workspace returns the workspace of the token's session.
func (s *Service) Workspace(ctx context.Context, token string) (string, error) {
	t, err := s.token(ctx, token)
	return t.Workspace, err
}

// SetWorkspace moves the token's session to a workspace. The dialect decides which workspaces
// exist.
func (s *Service) SetWorkspace(ctx context.Context, token, workspace string) error {
	t, err := s.token(ctx, token)
	if err != nil {
		return err
	}
	workspace, err = directory.ParseRequiredName("workspace_id", workspace)
	if err != nil {
		return err
	}
	err = s.store.Ephemera().SetWorkspace(ctx, t.Hash, workspace)
	if directory.KindOf(err) == directory.KindNotFound {
		return errNoToken() // it was revoked just now
	}
	return err
}
