// Package scim lets identity providers write to the directory: SCIM 2.0 (RFC 7643, 7644, 9865)
// below /scim/v2, as Okta, Microsoft Entra and others use it.
package scim
