// Package scim lets identity providers write to the directory: SCIM 2.0 (RFC 7643, 7644, 9865)
// below /scim/v2, as Okta, Microsoft Entra and others use it.
//
// Everything that a client sends comes back as it was sent: the directory's own fields hold
// what they can, a facet holds the rest, so a client that compares finds what it wrote.
// Changing a group never loads it: adding one member costs the same in a group of ten and in a
// group of a million. A client that removes suspiciously much is held until a person releases
// it.
package scim
