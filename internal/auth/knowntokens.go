package auth

import (
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// maxKnownTokens is how many tokens memory holds.
const maxKnownTokens = 10_000

// knownTokens holds the tokens that the store has confirmed, until they are ended. The zero
// value is ready.
type knownTokens struct {
	mu     sync.RWMutex
	tokens map[[32]byte]*knownToken
	ends   int64 // counts ended tokens
}

// A knownToken was valid at a time.
type knownToken struct {
	token       store.Token
	at          time.Time // before it was looked up
	incarnation int64     // and revision that readers saw then
	revision    directory.Revision

	used  atomic.Int64 // when it was last used, as an instant
	noted atomic.Int64 // the last use that the store knows
}

// now must be called before a token is looked up that is put later.
func (k *knownTokens) now() int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.ends
}

func (k *knownTokens) get(hash [32]byte) *knownToken {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.tokens[hash]
}

// put stores a token, unless one was ended since, because that may be this one.
func (k *knownTokens) put(t *knownToken, since int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ends != since {
		return
	}
	if k.tokens == nil {
		k.tokens = map[[32]byte]*knownToken{}
	}
	if k.tokens[t.token.Hash] == nil && len(k.tokens) >= maxKnownTokens {
		for any := range k.tokens {
			delete(k.tokens, any)
			break
		}
	}
	k.tokens[t.token.Hash] = t
}

// end removes tokens, and those that were made from them.
func (k *knownTokens) end(hashes ...[32]byte) {
	if len(hashes) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ends++
	ended := make(map[[32]byte]bool, len(hashes))
	for _, hash := range hashes {
		ended[hash] = true
	}
	for hash, t := range k.tokens {
		if ended[hash] || ended[t.token.Parent] {
			delete(k.tokens, hash)
		}
	}
}

// endAll removes every token.
func (k *knownTokens) endAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ends++
	clear(k.tokens)
}

// usesOf returns when the tokens of a credential were last used, as far as the store does not
// know it.
func (k *knownTokens) usesOf(credential directory.CredentialID) store.TokenUses {
	return k.uses(func(t *knownToken) bool { return t.token.Credential == credential && t.used.Load() > t.noted.Load() })
}

// uses returns when some tokens were last used.
func (k *knownTokens) uses(some func(*knownToken) bool) store.TokenUses {
	k.mu.RLock()
	defer k.mu.RUnlock()
	uses := store.TokenUses{}
	for hash, t := range k.tokens {
		if some(t) {
			uses[hash] = directory.Instant(t.used.Load())
		}
	}
	return uses
}

// noted records what the store knows now.
func (k *knownTokens) noted(uses store.TokenUses) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for hash, at := range uses {
		if t := k.tokens[hash]; t != nil {
			t.noted.Store(int64(at))
		}
	}
}
