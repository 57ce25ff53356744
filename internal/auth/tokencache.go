package auth

import (
	"sync"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// maxCachedTokens is how many tokens are known at once.
const maxCachedTokens = 10_000

// An epoch is a time in which no token can have ended but by its expiry: the
// directory had one revision, and nobody logged out here.
type epoch struct {
	revision directory.Revision
	logouts  int64
}

// tokenCache remembers the tokens that were good in the current epoch, so that a
// request costs no reads while nothing is written. The zero value is ready.
type tokenCache struct {
	mu     sync.RWMutex
	epoch  epoch
	tokens map[[32]byte]store.Token
}

// now returns the current epoch. It is to be taken before the token is read.
func (k *tokenCache) now(rev directory.Revision) epoch {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return epoch{rev, k.epoch.logouts}
}

// get returns a token that was good in this epoch.
func (k *tokenCache) get(e epoch, hash [32]byte) (store.Token, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.epoch != e {
		return store.Token{}, false
	}
	t, ok := k.tokens[hash]
	return t, ok
}

// put remembers that a token was good in an epoch. Entries of an older one are
// dropped, and a token of an older one is not added.
func (k *tokenCache) put(e epoch, t store.Token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case e.logouts != k.epoch.logouts || e.revision < k.epoch.revision:
		return
	case e != k.epoch || k.tokens == nil || len(k.tokens) >= maxCachedTokens:
		k.epoch, k.tokens = e, map[[32]byte]store.Token{}
	}
	k.tokens[t.Hash] = t
}

// logout ends the epoch.
func (k *tokenCache) logout() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.epoch.logouts++
	k.tokens = nil
}
