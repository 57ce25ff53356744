// Package groups serves the resources of SCIM that stand for groups.
//
// Changing a group never loads it: adding one member costs the same in a group of ten and in a
// group of a million.
package groups
