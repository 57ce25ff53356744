package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/seal"
	"cohort/internal/store"
)

// The token of an identity provider consists of this prefix, the id of its credential, a dot
// and the secret. It is valid while the credential and its user exist and are enabled. A token
// from Exchange contains the text of a token in place of the secret and expires like one. Both
// are valid at the SCIM API only, because nothing else calls AuthenticateSCIM.
const scimPrefix = "cohort_scim_"

// SCIMToken returns the token of a credential of kind directory.CredentialSCIM.
func SCIMToken(id, secret string) string { return scimPrefix + id + "." + secret }

// ParseSCIMToken splits the token of an identity provider into id and secret. ok is false if
// the text is no such token.
func ParseSCIMToken(token string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(token, scimPrefix)
	if !ok {
		return "", "", false
	}
	id, secret, ok = strings.Cut(rest, ".")
	return id, secret, ok && id != "" && secret != ""
}

// AuthenticateSCIM returns the identity provider with an id and a secret. An invalid pair is
// directory.KindUnauthenticated and, after too many of them from an address,
// directory.KindTooMany. A valid pair always passes, so a wrong token that somebody pasted
// locks nobody out.
func (s *Service) AuthenticateSCIM(ctx context.Context, id, secret string, from netip.Addr) (directory.Caller, error) {
	hash := sha256.Sum256([]byte(SCIMToken(id, secret)))
	t, err := s.cachedToken(ctx, hash, func(ctx context.Context) (store.Token, error) {
		if _, exchanged := hashToken(secret); exchanged {
			return s.look(ctx, hash)
		}
		t, good, err := s.lookSCIM(ctx, canonical(id), secret)
		if err == nil && !good {
			err = errNoToken()
		}
		t.Hash = hash
		return t, err
	})
	if err == nil && t.ExpiresAt != 0 && s.expired(&t) {
		err = errNoToken()
	}
	if directory.KindOf(err) == directory.KindUnauthenticated {
		return directory.Caller{}, s.failSCIM(ctx, from)
	}
	if err != nil {
		return directory.Caller{}, err
	}
	return callerOf(&t), nil
}

// lookSCIM finds a credential and compares its secret.
func (s *Service) lookSCIM(ctx context.Context, id, secret string) (t store.Token, good bool, err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		keys, err := r.Find(ctx, directory.CredentialKey(directory.CredentialSCIM, id), 1)
		if err != nil || len(keys) == 0 {
			return err
		}
		row, _, err := r.Row(ctx, keys[0])
		if err != nil {
			return err
		}
		credential, _ := row.(directory.Credential)
		hash, has, err := r.Secret(ctx, credential.ID)
		if err != nil {
			return err
		}
		enabled, err := enabledUser(ctx, r, credential.User)
		given := seal.HashSecret(secret)
		same := subtle.ConstantTimeCompare(given[:], hash[:]) == 1
		good = same && has && enabled && credential.Good(s.instant())
		t = store.Token{User: credential.User, Credential: credential.ID, ExpiresAt: credential.ExpiresAt}
		return err
	})
	return t, good, err
}

// failSCIM counts a failure by address only: the token contains the id, and whoever knows it
// must not slow its owner down.
func (s *Service) failSCIM(ctx context.Context, from netip.Addr) error {
	ctx = context.WithoutCancel(ctx)
	err := s.fail(ctx, attempts{key: "address:" + AddressKey(from), limit: s.config.AddressFailures})
	s.event(ctx, "scim_login_failed", from, candidate{}, err)
	if directory.KindOf(err) == directory.KindNotFound {
		return errNoToken()
	}
	return err
}
