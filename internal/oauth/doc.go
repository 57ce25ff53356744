// Package oauth is the token endpoint of RFC 6749 with the client credentials
// grant. The tokens are those of every wire format, so the endpoint belongs to
// none of them.
//
// It does not know how credentials are checked or what a token is.
package oauth
