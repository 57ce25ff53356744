package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	keySize  = 32       // bytes of a key
	maxKeys  = 100      // keys in a ring
	maxInput = 64 << 10 // bytes of the text of a ring
)

// A Ring holds the keys of hidden values. The newest key seals, all of them open. A Ring is
// immutable and never shows a key.
type Ring struct {
	keys []key // newest first
}

// A key is a secret of 32 bytes. Only keys derived from it are used.
type key struct {
	secret [keySize]byte
	id     string
	aead   cipher.AEAD
}

// makeKey derives the cipher's key and the id that is stored with ciphertexts. The id
// distinguishes keys and reveals nothing about them. It follows from the key, so a mistyped
// key is another key and opens nothing.
func makeKey(secret [keySize]byte) (key, error) {
	sealing, err := hkdf.Key(sha256.New, secret[:], nil, "cohort: sealed values, XChaCha20-Poly1305",
		chacha20poly1305.KeySize)
	if err != nil {
		return key{}, fmt.Errorf("derive a key: %w", err)
	}
	id, err := hkdf.Key(sha256.New, secret[:], nil, "cohort: id of a key", 8)
	if err != nil {
		return key{}, fmt.Errorf("derive the id of a key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(sealing)
	if err != nil {
		return key{}, fmt.Errorf("set up the cipher: %w", err)
	}
	return key{secret: secret, id: hex.EncodeToString(id), aead: aead}, nil
}

// Parse parses a ring: keys of 32 bytes in base64, newest first, separated by spaces, line
// ends or commas. Lines that begin with # are comments. It is the format of a key file and of
// COHORT_KEY. Errors never quote the text.
func Parse(text string) (*Ring, error) {
	if len(text) > maxInput {
		return nil, fmt.Errorf("is longer than %d bytes", maxInput)
	}
	r := &Ring{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.FieldsFunc(line, isGap) {
			if err := r.add(word); err != nil {
				return nil, fmt.Errorf("key %d %w", len(r.keys)+1, err)
			}
		}
	}
	if len(r.keys) == 0 {
		return nil, errors.New("holds no key")
	}
	return r, nil
}

func isGap(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) }

// add appends an older key.
func (r *Ring) add(word string) error {
	secret, err := base64.StdEncoding.Strict().DecodeString(word)
	if err != nil || len(secret) != keySize {
		return fmt.Errorf("is not %d bytes in base64", keySize)
	}
	if bytes.Count(secret, secret[:1]) == keySize {
		return errors.New("is one byte repeated, and no secret")
	}
	k, err := makeKey([keySize]byte(secret))
	if err != nil {
		return err
	}
	if r.Has(k.id) {
		return errors.New("is there twice")
	}
	if len(r.keys) == maxKeys {
		return fmt.Errorf("is one too many; the most is %d", maxKeys)
	}
	r.keys = append(r.keys, k)
	return nil
}

// New returns a ring with one new key, which is not stored.
func New() (*Ring, error) { return newRing(nil) }

// newRing returns a ring with one new key and after it the keys of an older ring, which may be
// nil.
func newRing(older *Ring) (*Ring, error) {
	var secret [keySize]byte
	rand.Read(secret[:]) // never fails: it ends the program instead
	k, err := makeKey(secret)
	if err != nil {
		return nil, err
	}
	r := &Ring{keys: []key{k}}
	if older != nil {
		if len(older.keys) == maxKeys {
			return nil, fmt.Errorf("the ring has %d keys, which is the most", maxKeys)
		}
		r.keys = append(r.keys, older.keys...)
	}
	return r, nil
}

// text returns the text that Parse reads.
func (r *Ring) text() string {
	var b strings.Builder
	b.WriteString("# Hidden values are sealed under these keys: the first one seals, all of them open.\n" +
		"# Whoever has this file and the data can read them; without it nobody can.\n" +
		"# Keep a copy of it where the data is not.\n")
	for _, k := range r.keys {
		fmt.Fprintf(&b, "# key %s\n%s\n", k.id, base64.StdEncoding.EncodeToString(k.secret[:]))
	}
	return b.String()
}

// Has reports whether the ring contains a key, and so can open what it sealed.
func (r *Ring) Has(keyID string) bool {
	_, ok := r.key(keyID)
	return ok
}

func (r *Ring) key(id string) (key, bool) {
	for _, k := range r.keys {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// Derive returns a key of 32 bytes for a purpose other than sealing. Nodes with the same
// newest key derive the same one. A derived key reveals nothing about another.
func (r *Ring) Derive(purpose string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, r.keys[0].secret[:], nil, "cohort: derived, "+purpose, keySize)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return derived, nil
}

// DeriveEach is Derive for each of the keys, newest first, for what was made under an older
// key.
func (r *Ring) DeriveEach(purpose string) ([][]byte, error) {
	var list [][]byte
	for i := range r.keys {
		derived, err := (&Ring{keys: r.keys[i:]}).Derive(purpose)
		if err != nil {
			return nil, err
		}
		list = append(list, derived)
	}
	return list, nil
}

// KeyIDs lists the ids of the keys, newest first.
func (r *Ring) KeyIDs() []string {
	ids := make([]string, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id
	}
	return ids
}

// Format prints the ids of the keys, whatever the verb, so that a ring in a log reveals
// nothing.
func (r *Ring) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "key ring %v", r.KeyIDs()) }
