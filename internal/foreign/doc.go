// Package foreign reads files of other products, LDIF and Keycloak realms, as the state that a
// directory should have, and lists what has no counterpart there.
package foreign
