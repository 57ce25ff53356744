package auth

import (
	"context"
	"sync"

	"cohort/internal/directory"
)

// credentialUses are the last uses of credentials that the store does not know yet. The zero
// value is ready.
type credentialUses struct {
	mu   sync.Mutex
	last directory.CredentialUses
}

// note records that a credential was used.
func (u *credentialUses) note(id directory.CredentialID, at directory.Instant) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = directory.CredentialUses{}
	}
	u.last[id] = max(at, u.last[id])
}

// take returns and forgets what the store does not know.
func (u *credentialUses) take() directory.CredentialUses {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = nil
	return taken
}

// addTo merges later uses into known ones.
func (u *credentialUses) addTo(known directory.CredentialUses, ids []directory.CredentialID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, id := range ids {
		if at, used := u.last[id]; used {
			known[id] = max(at, known[id])
		}
	}
}

// LastUses returns when credentials were last used to log in or through one of their tokens.
// Credentials that were never used are absent. A use at another node is known after a minute.
func (s *Service) LastUses(
	ctx context.Context, ids ...directory.CredentialID,
) (directory.CredentialUses, error) {
	uses := directory.CredentialUses{}
	s.uses.addTo(uses, ids) // read first: what is noted meanwhile is in the store then
	known, err := s.store.Ephemera().CredentialUses(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for id, at := range known {
		uses[id] = max(at, uses[id])
	}
	return uses, nil
}

// noteCredentials tells the store which credentials were used.
func (s *Service) noteCredentials(ctx context.Context) {
	uses := s.uses.take()
	if len(uses) == 0 {
		return
	}
	if err := s.store.Ephemera().UseCredentials(ctx, uses); err != nil {
		for id, at := range uses {
			s.uses.note(id, at)
		}
		s.config.Log.Warn("the use of credentials could not be noted", "error", err.Error())
	}
}
