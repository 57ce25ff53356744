// Package lookercopy reads users, groups, nesting, attributes, values and roles
// from a live instance that speaks the Looker API, as the state that a directory
// should have.
//
// It uses the API as a client does and reads only what the API shows. One source
// object is one target object, known by its source reference. It writes nothing,
// and prints nothing.
package lookercopy
