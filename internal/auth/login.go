package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Login exchanges a client id and secret for a token. A pair that is not good,
// or is that of a disabled or deleted user or credential, is
// directory.KindNotFound without saying why; after too many of those from an
// address or with a client id the answer is directory.KindTooMany, with
// RetryAfter, whether the pair is good or not.
//
// A failure with a client id is counted before the secret is looked at, so that
// no number of parallel guesses gets more tries than the limit; a good login
// takes the count back. What is in between is done for one login of a client id
// at a time, for else good logins in parallel would count as guesses. Failures
// of an address cannot be counted so, as a good login must not clear them:
// instead only a few logins of an address are under way at once, and the limit
// can be exceeded by as many.
func (s *Service) Login(ctx context.Context, clientID, secret string, from netip.Addr) (directory.AccessToken, error) {
	clientID = canonical(clientID)
	address := attempts{key: "address:" + AddressKey(from), limit: s.config.AddressFailures}
	leave, err := s.gates.enter(ctx, address.key, loginsPerAddress)
	if err != nil {
		return directory.AccessToken{}, err
	}
	defer leave()
	if err := s.refuseLocked(ctx, address); err != nil {
		return directory.AccessToken{}, err
	}
	leaveClient, err := s.gates.enter(ctx, "client:"+clientID, 1)
	if err != nil {
		return directory.AccessToken{}, err
	}
	defer leaveClient()

	c, err := s.candidate(ctx, clientID)
	if err != nil {
		return directory.AccessToken{}, err
	}
	client := attempts{key: clientKey(clientID, c.known), limit: s.config.ClientFailures}
	if err := s.count(ctx, client); err != nil {
		return directory.AccessToken{}, err
	}
	if len(secret) > maxSecret || !c.accepts(secret) {
		// The caller may have gone; its failure counts all the same.
		if _, err := s.add(context.WithoutCancel(ctx), address.key); err != nil {
			return directory.AccessToken{}, err
		}
		return directory.AccessToken{}, errBadLogin()
	}
	if err := s.store.Ephemera().ClearAttempts(ctx, client.key); err != nil {
		return directory.AccessToken{}, err
	}
	return s.issue(ctx, store.Token{User: c.user, Credential: c.credential})
}

// loginsPerAddress is how many logins of one address are under way at once.
const loginsPerAddress = 8

// attempts are failed logins that are counted together.
type attempts struct {
	key   string
	limit int
}

// clientKey names the count of a client id. Unknown ones share a fixed number
// of counts: whoever invents client ids must not fill the table.
func clientKey(clientID string, known bool) string {
	if known {
		return "client:" + clientID
	}
	sum := sha256.Sum256([]byte(clientID))
	return "unknown:" + hex.EncodeToString(sum[:2])
}

// refuseLocked returns the error to answer with while a is locked.
func (s *Service) refuseLocked(ctx context.Context, a attempts) error {
	counted, err := s.store.Ephemera().Attempts(ctx, a.key)
	if err != nil {
		return err
	}
	return s.locked(a, counted, a.limit)
}

// count adds a failure, unless a is locked already: one who goes on guessing
// does not make the lock last longer.
func (s *Service) count(ctx context.Context, a attempts) error {
	if err := s.refuseLocked(ctx, a); err != nil {
		return err
	}
	counted, err := s.add(ctx, a.key)
	if err != nil {
		return err
	}
	return s.locked(a, counted, a.limit+1) // the count holds this login
}

// add counts one failure; those that are as old as a lock lasts are forgotten.
func (s *Service) add(ctx context.Context, key string) (store.Attempts, error) {
	now := s.now()
	since := directory.InstantOf(now.Add(-s.config.LockFor)) + 1
	return s.store.Ephemera().CountAttempt(ctx, key, directory.InstantOf(now), since)
}

// locked returns an error if there are enough failures and the last is recent.
func (s *Service) locked(a attempts, counted store.Attempts, enough int) error {
	if counted.Count < enough {
		return nil
	}
	left := counted.Last.Time().Add(s.config.LockFor).Sub(s.now())
	if left <= 0 {
		return nil
	}
	wait := max(left.Round(time.Second), time.Second)
	return &directory.Error{
		Kind:       directory.KindTooMany,
		Msg:        fmt.Sprintf("login attempts exceeded; try again in %v", wait),
		RetryAfter: wait,
		Err:        fmt.Errorf("%d failed logins counted under %q", counted.Count, a.key),
	}
}
