package auth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// SessionsOf lists the sessions in which somebody acts as a user now, earliest first. It does
// not check the caller's permissions.
func (s *Service) SessionsOf(ctx context.Context, user directory.UserID) ([]directory.Session, error) {
	tokens, err := s.store.Ephemera().TokensOf(ctx, user)
	if err != nil {
		return nil, err
	}
	list := []directory.Session{}
	for _, t := range tokens {
		if !s.expired(&t) {
			list = append(list, directory.Session{
				ID: sessionID(&t), User: t.User, Credential: t.Credential, Sudoer: t.Sudoer, CreatedAt: t.CreatedAt,
				ExpiresAt: t.ExpiresAt,
			})
		}
	}
	return list, nil
}

// sessionID returns a part of the hash of the token, from which the token cannot be recovered.
func sessionID(t *store.Token) int64 {
	return int64(binary.BigEndian.Uint64(t.Hash[:])>>1) | 1
}

// EndSession revokes the token of one of a user's sessions. An unknown session is not found.
func (s *Service) EndSession(ctx context.Context, user directory.UserID, id int64) error {
	tokens, err := s.store.Ephemera().TokensOf(ctx, user)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if sessionID(&t) != id || s.expired(&t) {
			continue
		}
		ok, err := s.store.Ephemera().DeleteToken(ctx, t.Hash)
		s.known.end(t.Hash) // even after an error, as in Logout
		if err != nil || ok {
			return err
		}
	}
	return directory.NotFound("session", id)
}

// Lockouts lists the pairs of client id and address, and the addresses, whose wrong secrets
// are slowed down now, by key.
func (s *Service) Lockouts(ctx context.Context) ([]directory.Lockout, error) {
	keys, err := s.lockedKeys(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]directory.Lockout, len(keys))
	for i, a := range keys {
		list[i] = directory.Lockout{Key: lockoutKey(a.Key), Failures: a.Count, At: a.Last}
		if pair, ok := strings.CutPrefix(a.Key, pairPrefix); ok {
			if at := strings.LastIndex(pair, pairSeparator); at >= 0 {
				list[i].ClientID, list[i].Address = pair[:at], pair[at+len(pairSeparator):]
			}
		} else if address, ok := strings.CutPrefix(a.Key, "address:"); ok {
			list[i].Address = address
		}
	}
	return list, nil
}

// Unlock clears the failed logins of a lockout. An unknown lockout is not found.
func (s *Service) Unlock(ctx context.Context, key string) error {
	keys, err := s.lockedKeys(ctx)
	if err != nil {
		return err
	}
	for _, a := range keys {
		if lockoutKey(a.Key) == key {
			return s.store.Ephemera().ClearAttempts(ctx, a.Key)
		}
	}
	return &directory.Error{Kind: directory.KindNotFound, Msg: "there is no such lock-out"}
}

// lockedKeys returns the counts that have reached their limit.
func (s *Service) lockedKeys(ctx context.Context) ([]store.KeyedAttempts, error) {
	// A count ends with the first failure that is a lock's length later than its first one.
	// Until then it is shown while its last failure is recent.
	since := directory.InstantOf(s.now().Add(-s.config.LockFor)) + 1
	all, err := s.store.Ephemera().AllAttempts(ctx, since, min(s.config.ClientFailures, s.config.AddressFailures))
	if err != nil {
		return nil, err
	}
	locked := all[:0]
	for _, a := range all {
		limit := s.config.ClientFailures
		if strings.HasPrefix(a.Key, "address:") {
			limit = s.config.AddressFailures
		}
		if a.Count >= limit {
			locked = append(locked, a)
		}
	}
	return locked, nil
}

func lockoutKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}
