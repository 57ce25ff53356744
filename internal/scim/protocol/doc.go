// Package protocol is what all routes of SCIM share: how a request is authenticated, read and
// committed, and how a reply, a list or an error is written.
package protocol
