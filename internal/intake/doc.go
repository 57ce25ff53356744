// Package intake brings files into a directory: tables, LDIF files and realms of
// Keycloak. A file is planned as a whole, committed in parts, and what is
// refused of it does not stop the rest.
package intake
