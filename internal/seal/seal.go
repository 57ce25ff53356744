package seal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"cohort/internal/directory"
)

// A ciphertext consists of the byte 1 (its version), a random nonce and the output of
// XChaCha20-Poly1305 for the padded value. With nonces of 24 random bytes one key can seal
// more values than there will ever be.
const sealVersion = 1

// Seal encrypts the value of an attribute on its owner: a user, a group, or the attribute
// itself for a default. It returns the id of the key, which must be stored with the
// ciphertext.
//
// The ciphertext's length reveals the value's length only by steps: all lengths up to 63 bytes
// look alike, then up to 127, 255, 511, 1023, 2047 and 4095, and from there in steps of 4096.
func (r *Ring) Seal(attribute directory.AttributeID, owner directory.Object,
	value []byte) (keyID string, ciphertext []byte, err error) {
	if len(value) > maxValue {
		return "", nil, fmt.Errorf("seal: the value has %d bytes; the most is %d", len(value), maxValue)
	}
	k := r.keys[0]
	padded := pad(value)
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(padded)+chacha20poly1305.Overhead)
	out[0] = sealVersion
	rand.Read(out[1:]) // never fails: it ends the program instead
	return k.id, k.aead.Seal(out, out[1:], padded, context(k.id, attribute, owner)), nil
}

// maxValue is the longest sealed value, longer than any value in many languages.
const maxValue = 16 << 20

// Open decrypts what Seal made for the same attribute and owner. Anything else is an error:
// another attribute or owner, a key that is not in the ring, a changed ciphertext. The error
// is internal and says which.
func (r *Ring) Open(keyID string, attribute directory.AttributeID, owner directory.Object,
	ciphertext []byte) ([]byte, error) {
	k, ok := r.key(keyID)
	if !ok {
		return nil, fmt.Errorf("open a hidden value: the key %q is not in the key ring", keyID)
	}
	if len(ciphertext) < 1+chacha20poly1305.NonceSizeX || ciphertext[0] != sealVersion {
		return nil, errors.New("open a hidden value: the ciphertext is of no known form")
	}
	nonce, sealed := ciphertext[1:1+chacha20poly1305.NonceSizeX], ciphertext[1+chacha20poly1305.NonceSizeX:]
	padded, err := k.aead.Open(nil, nonce, sealed, context(k.id, attribute, owner))
	if err != nil {
		return nil, fmt.Errorf("open a hidden value of attribute %d on %v: it was altered, or belongs elsewhere", attribute,
			owner)
	}
	return unpad(padded)
}

// Reseal seals a ciphertext under the newest key. If that key sealed it already, it does
// nothing and changed is false.
func (r *Ring) Reseal(keyID string, attribute directory.AttributeID, owner directory.Object, ciphertext []byte) (
	newKeyID string, newCiphertext []byte, changed bool, err error,
) {
	if keyID == r.keys[0].id {
		return keyID, ciphertext, false, nil
	}
	value, err := r.Open(keyID, attribute, owner, ciphertext)
	if err != nil {
		return "", nil, false, err
	}
	newKeyID, newCiphertext, err = r.Seal(attribute, owner, value)
	return newKeyID, newCiphertext, err == nil, err
}

// context returns what a ciphertext is bound to. All parts but the last have fixed lengths, so
// contexts are unambiguous.
func context(keyID string, attribute directory.AttributeID, owner directory.Object) []byte {
	b := binary.BigEndian.AppendUint64([]byte{sealVersion}, uint64(attribute))
	return append(append(b, keyID...), owner.String()...)
}

const (
	minPadded = 64
	padStep   = 4096
)

// pad appends a byte 1 and zeros to the value.
func pad(value []byte) []byte {
	size := minPadded
	for size <= len(value) {
		if size < padStep {
			size *= 2
		} else {
			size += padStep
		}
	}
	padded := make([]byte, size)
	padded[copy(padded, value)] = 1
	return padded
}

func unpad(padded []byte) ([]byte, error) {
	end := len(padded) - 1
	for end >= 0 && padded[end] == 0 {
		end--
	}
	if end < 0 || padded[end] != 1 {
		return nil, errors.New("open a hidden value: its padding is not right")
	}
	return padded[:end:end], nil
}
