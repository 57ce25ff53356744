package seal

import (
	"crypto/rand"
	"crypto/sha256"
)

// Lengths of what is made here, in characters of five bits.
const (
	clientIDLen = 20 // as long as those of Looker
	secretLen   = 40 // 200 bits: cannot be guessed, so a fast hash is enough to keep it
)

// letters are 32 characters that nobody mistakes for one another, all of one
// case. 32 divides 256, so every one is as likely as the others.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

// NewClientID makes a random client id of 20 characters.
func NewClientID() string { return random(clientIDLen) }

// NewSecret makes a random secret of 40 characters and 200 bits.
func NewSecret() string { return random(secretLen) }

// HashSecret is what is stored of a secret. It is quick, which is right for
// random secrets only: never use it for what people choose and remember.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the program instead
	for i := range b {
		b[i] = letters[b[i]%byte(len(letters))]
	}
	return string(b)
}
