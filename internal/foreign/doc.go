// Package foreign reads files of other products, LDIF and Keycloak realms, as the
// state that a directory should have, and says what has no place in one.
package foreign
