// Package auth authenticates callers: it exchanges client ids and secrets for tokens, finds
// the caller of a token, slows down guessing, and limits request rates.
//
// It knows neither permissions, which belong to core, nor wire formats, which belong to the
// dialects.
package auth
