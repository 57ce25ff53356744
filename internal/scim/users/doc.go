// Package users serves the resources of SCIM that stand for people with a login name.
//
// Everything that a client sends comes back as it was sent: the directory's own fields hold what
// they can, a facet holds the rest, so a client that compares finds what it wrote.
package users
