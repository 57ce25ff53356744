// Package auth finds out who is calling: it exchanges client ids and secrets
// for tokens, tells whose a token is, locks out those who guess, and limits how
// fast anyone may ask.
//
// It does not know what a caller may do, nor any wire format: the first is
// core's, the second the dialects'.
package auth
