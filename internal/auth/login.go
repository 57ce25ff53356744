package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Login exchanges a client id and secret for a token. A valid pair always gets one. An invalid
// pair, or one of a disabled or deleted user or credential, is directory.KindNotFound without
// a reason. After too many of those from an address, or from an address with a client id, the
// error is directory.KindTooMany with RetryAfter instead, and takes a second.
//
// Secrets have 160 bits and more, so nobody guesses one: the counts limit and show what
// guessing costs the server. They never keep a valid pair out, or whoever knows a client id or
// shares an address could lock its owner out.
func (s *Service) Login(ctx context.Context, clientID, secret string, from netip.Addr) (directory.AccessToken, error) {
	return s.login(ctx, clientID, secret, from, directory.CredentialAPI)
}

// Exchange is Login for all callers including identity providers, whose token is valid at the
// SCIM API only.
func (s *Service) Exchange(ctx context.Context, clientID, secret string, from netip.Addr) (directory.AccessToken,
	error) {
	return s.login(ctx, clientID, secret, from, directory.CredentialAPI, directory.CredentialSCIM)
}

func (s *Service) login(ctx context.Context, clientID, secret string, from netip.Addr,
	kinds ...directory.CredentialKind) (directory.AccessToken, error) {
	clientID = canonical(clientID)
	address := attempts{key: "address:" + AddressKey(from), limit: s.config.AddressFailures}
	leave, err := s.logins.Enter(ctx, address.key)
	if err != nil {
		return directory.AccessToken{}, err
	}
	defer leave()
	c, err := s.candidate(ctx, clientID, kinds...)
	if err != nil {
		return directory.AccessToken{}, err
	}
	pair := attempts{key: pairKey(clientID, c.known, from), limit: s.config.ClientFailures}
	if len(secret) > maxSecret || !c.accepts(secret) {
		// The failure counts even if the caller has gone.
		err := s.fail(context.WithoutCancel(ctx), pair, address)
		s.event(ctx, "login_failed", from, c, err)
		leave() // other callers of the address need not wait for the delay
		if directory.KindOf(err) == directory.KindTooMany {
			s.delay(ctx)
		}
		return directory.AccessToken{}, err
	}
	if counted, err := s.store.Ephemera().Attempts(ctx, pair.key); err != nil {
		return directory.AccessToken{}, err
	} else if counted.Count > 0 {
		if err := s.store.Ephemera().ClearAttempts(ctx, pair.key); err != nil {
			return directory.AccessToken{}, err
		}
	}
	text := newTokenText()
	if c.kind == directory.CredentialSCIM {
		text = SCIMToken(clientID, text)
	}
	token, err := s.issue(ctx, text, store.Token{User: c.user, Credential: c.credential, ExpiresAt: c.expires})
	if err == nil {
		s.uses.note(c.credential, s.instant())
		s.event(ctx, "login", from, c, nil)
	}
	return token, err
}

// Concurrent and waiting logins of one address.
const (
	loginsPerAddress = 8
	loginsWaiting    = 256
	loginPatience    = 30 * time.Second
)

// guessDelay is how long the answer to a wrong secret takes above a limit.
const guessDelay = time.Second

// attempts are failed logins that are counted together.
type attempts struct {
	key   string
	limit int
}

// fail counts a failure under each key, and returns the error to answer with.
func (s *Service) fail(ctx context.Context, counts ...attempts) error {
	answer := errBadLogin()
	for _, a := range counts {
		counted, err := s.add(ctx, a.key)
		if err != nil {
			return err
		}
		if counted.Count > a.limit {
			answer = s.exceeded(a, counted)
		}
	}
	return answer
}

// delay waits for guessDelay, or until the caller has gone.
func (s *Service) delay(ctx context.Context) {
	timer := time.NewTimer(guessDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// event logs the outcome of a login. The line contains nothing that the caller sent.
func (s *Service) event(ctx context.Context, name string, from netip.Addr, c candidate, err error) {
	attributes := []slog.Attr{
		slog.String("event", name), slog.String("address", from.String()),
		slog.Int64("user", int64(c.user)), slog.Int64("credential", int64(c.credential)),
	}
	if err == nil {
		s.config.Log.LogAttrs(ctx, slog.LevelInfo, "a login succeeded", attributes...)
		return
	}
	attributes = append(attributes, slog.Bool("limited", directory.KindOf(err) == directory.KindTooMany))
	s.config.Log.LogAttrs(ctx, slog.LevelWarn, "a login failed", attributes...)
}

// pairKey returns the key of the count of a client id at an address. Unknown client ids share
// a fixed number of counts, so that inventing them cannot fill the table.
func pairKey(clientID string, known bool, from netip.Addr) string {
	if known {
		return pairPrefix + clientID + pairSeparator + AddressKey(from)
	}
	sum := sha256.Sum256([]byte(clientID))
	return "unknown:" + hex.EncodeToString(sum[:2])
}

const (
	pairPrefix    = "pair:"
	pairSeparator = "|" // before the address, which has none
)

// add counts one failure. A failure is forgotten when it is as old as a lock lasts.
func (s *Service) add(ctx context.Context, key string) (store.Attempts, error) {
	now := s.now()
	since := directory.InstantOf(now.Add(-s.config.LockFor)) + 1
	return s.store.Ephemera().CountAttempt(ctx, key, directory.InstantOf(now), since)
}

// exceeded returns the error that there were too many failures, with the time until they are
// forgotten.
func (s *Service) exceeded(a attempts, counted store.Attempts) error {
	left := counted.First.Time().Add(s.config.LockFor).Sub(s.now())
	wait := max(left.Round(time.Second), time.Second)
	return &directory.Error{
		Kind:       directory.KindTooMany,
		Msg:        fmt.Sprintf("login attempts exceeded; try again in %v", wait),
		RetryAfter: wait,
		Err:        fmt.Errorf("%d failed logins counted under %q", counted.Count, a.key),
	}
}
