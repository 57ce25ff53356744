// Package oauth serves the token endpoint of RFC 6749 with the client credentials grant. The
// tokens are valid in every wire format, so the endpoint belongs to none of them.
//
// It does not know how credentials are checked or what a token is.
package oauth
