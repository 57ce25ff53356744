// Package lookercopy copies users, groups, nesting, attributes, values and
// roles from a live instance that speaks the Looker API into a directory.
//
// It knows the API as a client does: what it reads is what the API shows, what
// it writes are edits in the JSON form of the native API. It knows neither how
// edits are carried out nor whom it talks to, and prints nothing.
package lookercopy
