// Package scim lets identity providers feed the directory: SCIM 2.0 (RFC 7643,
// 7644, 9865) below /scim/v2, as Okta, Microsoft Entra and others speak it.
//
// Everything that a client sends is kept as sent: in the directory's own fields
// where there are any, the rest in a facet, so that a client that compares finds
// what it wrote. A group is never loaded to be changed: adding one member of a
// million costs what adding one member of ten costs. A client that would remove
// more than anybody is likely to mean is held until a person releases it.
package scim
