// Package clients manages the identity providers that write to the directory through SCIM. Each
// is a service account with tokens and a log; one that removes suspiciously much is held until a
// person releases it.
package clients
