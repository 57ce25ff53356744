package plan

import (
	"fmt"
	"io"
	"unicode/utf8"

	"cohort/internal/directory"
)

// alphabet has 32 characters that are hard to confuse.
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"

// Lengths of what the directory chooses, in characters of five bits each: 100 bits
// are enough for client ids to differ, 200 for a secret.
const (
	NewClientID = 20
	newSecret   = 40
)

// RandomText is n characters of the alphabet.
func (e *Env) RandomText(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(e.Random, b); err != nil {
		return "", fmt.Errorf("random: %w", err)
	}
	for i := range b {
		b[i] = alphabet[b[i]%byte(len(alphabet))] // 256 is a multiple of 32: no character is more likely
	}
	return string(b), nil
}

// chosenOrRandom returns the text that a client chose, if it is printable
// ASCII of a sound length, or else a random one.
func (e *Env) chosenOrRandom(field, chosen string, least, most, random int) (string, error) {
	if chosen == "" {
		return e.RandomText(random)
	}
	if n := utf8.RuneCountInString(chosen); n < least || n > most {
		return "", directory.Invalid(field, "must have between %d and %d characters", least, most)
	}
	for _, r := range chosen {
		if r <= ' ' || r > '~' {
			return "", directory.Invalid(field, "must be printable ASCII without spaces")
		}
	}
	return chosen, nil
}
