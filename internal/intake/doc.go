// Package intake imports files: tables, LDIF files and realms of Keycloak. A file is planned
// as a whole and committed in parts. What is refused does not stop the rest.
package intake
