// Package lookercopy reads users, groups, nesting, attributes, values and roles from a running
// instance of the Looker API, as the state that a directory should have.
//
// It uses the API like any client. One source object is one target object, known by its source
// reference. It writes nothing and prints nothing.
package lookercopy
