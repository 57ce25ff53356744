package seal

import (
	"crypto/rand"
	"crypto/sha256"
)

// Lengths in characters of five bits.
const (
	clientIDLen = 20 // as long as those of Looker
	secretLen   = 40 // 200 bits cannot be guessed, so a fast hash is enough
)

// letters are 32 characters of one case that are hard to confuse. 32 divides 256, so all are
// equally likely.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

// NewClientID returns a random client id of 20 characters.
func NewClientID() string { return random(clientIDLen) }

// NewSecret returns a random secret of 40 characters and 200 bits.
func NewSecret() string { return random(secretLen) }

// HashSecret returns the hash of a secret for storage. It is fast, which is right for random
// secrets only: never use it for what people choose and remember.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the program instead
	for i := range b {
		b[i] = letters[b[i]%byte(len(letters))]
	}
	return string(b)
}
