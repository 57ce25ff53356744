// Package signin signs people in to the console: by a one-time link, which an
// administrator makes on the command line, or at an identity provider that
// speaks OpenID Connect. It keeps no passwords.
//
// A session is a random secret in a cookie of which the store keeps the hash.
// It ends when it was not used for a while, when its time is over, when it is
// ended by hand, when the provider says so, and when its user is disabled. The
// APIs know nothing of sessions, and the console nothing of API tokens.
package signin
