// Package seal keeps hidden values unreadable at rest, and makes and hashes the
// secrets of credentials.
//
// It knows keys, ciphertexts and what a ciphertext belongs to. It does not know
// where ciphertexts are stored, nor who may have one opened.
package seal
