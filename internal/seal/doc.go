// Package seal encrypts hidden values at rest, and creates and hashes the secrets of
// credentials.
//
// It knows keys, ciphertexts and what a ciphertext belongs to. It does not know where
// ciphertexts are stored, nor who may open one.
package seal
