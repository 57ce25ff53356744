// Package signin signs people in to the console: with a one-time link, which an administrator
// creates on the command line, or at an identity provider that speaks OpenID Connect. It has no
// passwords.
//
// A session is a random secret in a cookie; the store has its hash. A session ends after its time
// or a while without use, when the person signs out, when an administrator or the provider ends
// it, or when its user is disabled. The APIs know nothing of sessions, and the console nothing of
// API tokens.
package signin
